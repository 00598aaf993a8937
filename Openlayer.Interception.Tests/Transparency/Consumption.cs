namespace Openlayer.Interception.Tests.Transparency;

/// <summary>What the caller does with the result.</summary>
public enum Consumption
{
    /// <summary>Awaits or reads to the end.</summary>
    Whole,

    /// <summary>Blocks, where the task has ended; leaves a stream after its first item.</summary>
    BlockOrLeaveEarly,

    /// <summary>Awaits or reads it two times.</summary>
    Twice,

    /// <summary>Through <see cref="System.Threading.Tasks.Task.WhenAll(Task[])"/>, or by hand with a token of its own and no dispose.</summary>
    Combined,

    /// <summary>Disposes the stream while an item is waited for.</summary>
    DisposeWhilePending,
}
