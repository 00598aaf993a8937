namespace Openlayer.Interception;

/// <summary>What became of feedback.</summary>
public enum FeedbackOutcome
{
    /// <summary>Openlayer has acknowledged it.</summary>
    Sent,

    /// <summary>It is in the offline buffer, and is sent after the rows that were buffered before it.</summary>
    Buffered,

    /// <summary>
    /// Nothing is sent: no API key or no pipeline is set, or <see cref="OpenlayerOptions.SendToOpenlayer"/> is false.
    /// </summary>
    NotSent,
}
