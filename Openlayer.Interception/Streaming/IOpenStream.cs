namespace Openlayer.Interception.Streaming;

/// <summary>A stream that has not ended.</summary>
internal interface IOpenStream
{
    /// <summary>Ends the stream's step if the consumer has not asked for an item for a time. Called repeatedly, by one thread at a time.</summary>
    /// <param name="now">The timestamp of this check.</param>
    /// <param name="gracePeriod">The time.</param>
    void EndIfIdle(long now, TimeSpan gracePeriod);
}
