namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Where a call's task, value task or stream comes from.</summary>
public enum Making
{
    /// <summary>An async method, or an iterator.</summary>
    Method,

    /// <summary>The call itself throws.</summary>
    ThrowsAtTheCall,

    /// <summary>A task that has ended, or a stream written by hand.</summary>
    Ended,

    /// <summary>A <see cref="TaskCompletionSource"/>, or a stream written by hand whose moves are tasks.</summary>
    Source,

    /// <summary>A <see cref="TaskCompletionSource"/> with a state.</summary>
    SourceWithState,

    /// <summary>A task that is not started.</summary>
    Cold,

    /// <summary>A task of the service's own type.</summary>
    OwnTask,

    /// <summary>A value task whose source asserts that it is consumed once.</summary>
    Pooled,

    /// <summary>Null instead of a task.</summary>
    Null,
}
