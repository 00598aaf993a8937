namespace Openlayer.Interception.Streaming;

/// <summary>How an observed stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The consumer read all items.</summary>
    Exhausted,

    /// <summary>The stream threw.</summary>
    Failed,

    /// <summary>The stream threw an <see cref="OperationCanceledException"/>.</summary>
    Canceled,

    /// <summary>The consumer disposed the stream before its end.</summary>
    LeftEarly,

    /// <summary>The consumer neither read the stream to its end nor disposed it. It was collected, or idle for the grace period.</summary>
    Abandoned,

    /// <summary>The stream's trace was published while the stream was open.</summary>
    StillOpen,
}
