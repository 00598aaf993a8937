namespace Openlayer.Interception.Streaming;

/// <summary>A stream that has not ended.</summary>
internal interface IOpenStream
{
    /// <summary>Ends the stream's step if the consumer has requested no item for a while. Called periodically, by one thread at a time.</summary>
    /// <param name="now">The timestamp of this check.</param>
    /// <param name="gracePeriod">The time after which the stream counts as abandoned.</param>
    void EndIfIdle(long now, TimeSpan gracePeriod);
}
