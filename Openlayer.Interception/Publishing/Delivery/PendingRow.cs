namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A row on its way to Openlayer: written once, sent as it is.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="json">The row.</param>
internal sealed class PendingRow(DataStreamTarget target, ReadOnlyMemory<byte> json)
{
    // This object, its place in the queue and its array.
    private const int OverheadBytes = 256;

    public DataStreamTarget Target { get; set; } = target;

    public ReadOnlyMemory<byte> Json { get; } = json;

    /// <summary>Roughly how much memory the row holds.</summary>
    public long Bytes => Json.Length + OverheadBytes;

    /// <summary>Its place in the order of completion.</summary>
    public long Number { get; init; }

    /// <summary>When its trace was accepted.</summary>
    public MonotonicTime QueuedAt { get; init; }

    /// <summary>The flush point that counts it. Null for a row of the offline buffer.</summary>
    public FlushPoint? FlushPoint { get; init; }

    public Action<FlushFailure>? OnFailure { get; init; }

    /// <summary>How many requests with this row have failed while no flush waited for it.</summary>
    public int Tries { get; set; }

    /// <summary>
    /// How many more have failed while a flush or the shutdown waited for it. Forgotten when the flush stops waiting: it must not leave the row
    /// with fewer tries than it had before.
    /// </summary>
    public int WaitedTries { get; set; }

    /// <summary>While a flush or the shutdown waits for it: when its back-off ends.</summary>
    public MonotonicTime RetryAt { get; set; } = MonotonicTime.Past;

    /// <summary>Why it was not acknowledged when it was last sent. Null if it has not been sent.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>The file that holds it: its write-ahead copy, or the buffered file it came from.</summary>
    public string? File { get; set; }
}
