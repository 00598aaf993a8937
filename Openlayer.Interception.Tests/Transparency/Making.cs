namespace Openlayer.Interception.Tests.Transparency;

/// <summary>How the target creates its task, value task or stream.</summary>
public enum Making
{
    /// <summary>An async method or an iterator.</summary>
    Method,

    /// <summary>The call itself throws.</summary>
    ThrowsAtTheCall,

    /// <summary>A completed task or a hand-written stream.</summary>
    Ended,

    /// <summary>A <see cref="TaskCompletionSource"/>, or a hand-written stream whose moves are tasks.</summary>
    Source,

    /// <summary>A <see cref="TaskCompletionSource"/> with a state.</summary>
    SourceWithState,

    /// <summary>A task that has not been started.</summary>
    Cold,

    /// <summary>A task of a type that the service defines.</summary>
    OwnTask,

    /// <summary>A value task whose source asserts that it is consumed once.</summary>
    Pooled,

    /// <summary>Null instead of a task.</summary>
    Null,
}
