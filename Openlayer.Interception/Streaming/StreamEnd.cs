namespace Openlayer.Interception.Streaming;

/// <summary>How an observed stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>There were no more items.</summary>
    Exhausted,

    /// <summary>It threw.</summary>
    Failed,

    /// <summary>It threw an <see cref="OperationCanceledException"/>.</summary>
    Canceled,

    /// <summary>It was disposed before its end.</summary>
    LeftEarly,

    /// <summary>It was neither read to its end nor disposed, and has been collected.</summary>
    Abandoned,
}
