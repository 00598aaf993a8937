namespace Openlayer.Interception.Tracing;

/// <summary>A stream that has not ended.</summary>
internal interface IOpenStream
{
    /// <summary>The stream's step. Null after <see cref="EndWithTrace"/>.</summary>
    Step? Step { get; }

    /// <summary>The time of the last event that <see cref="EndIfIdle"/> has seen.</summary>
    long LastActivity { get; }

    /// <summary>Ends the stream's step if the consumer has requested no item for a while. Called periodically, by one thread at a time.</summary>
    /// <param name="now">The timestamp of this check.</param>
    void EndIfIdle(long now);

    /// <summary>Ends the stream's step because its trace is published. The stream itself continues.</summary>
    void EndWithTrace();
}
