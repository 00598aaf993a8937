namespace Openlayer.Interception.Tests.Transparency;

/// <summary>How the caller consumes the result.</summary>
public enum Consumption
{
    /// <summary>Awaits a task, or reads a stream to its end.</summary>
    Whole,

    /// <summary>Blocks on a task that has ended, or leaves a stream after its first item.</summary>
    BlockOrLeaveEarly,

    /// <summary>Awaits or reads the result twice.</summary>
    Twice,

    /// <summary>Uses <see cref="System.Threading.Tasks.Task.WhenAll(Task[])"/>, or moves an enumerator by hand, with its own token and without disposing it.</summary>
    Combined,

    /// <summary>Disposes the enumerator while an item is pending.</summary>
    DisposeWhilePending,
}
