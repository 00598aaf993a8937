namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A row on its way: written once, sent as it is.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="json">The row.</param>
internal sealed class PendingRow(DataStreamTarget target, ReadOnlyMemory<byte> json)
{
    public DataStreamTarget Target { get; set; } = target;

    public ReadOnlyMemory<byte> Json { get; } = json;

    /// <summary>Its place in the order of completion.</summary>
    public long Number { get; init; }

    /// <summary>When its trace was accepted.</summary>
    public Deadline QueuedAt { get; init; }

    /// <summary>What counts it for flushes; null for a row out of the buffer.</summary>
    public FlushPoint? FlushPoint { get; init; }

    public Action<FlushFailure>? OnFailure { get; init; }

    /// <summary>How often it has been sent in vain.</summary>
    public int Tries { get; set; }

    /// <summary>The file that holds it: its write-ahead copy, or the buffered file it came from.</summary>
    public string? File { get; set; }
}
