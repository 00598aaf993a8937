using Openlayer.Interception.Publishing.Attachments;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A row on its way to Openlayer, or an update of a row: written once, sent as it is.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="json">The row. Of an update, the columns that change.</param>
internal sealed class PendingRow(DataStreamTarget target, ReadOnlyMemory<byte> json)
{
    // This object, its place in the queue and its array.
    private const int OverheadBytes = 256;

    public DataStreamTarget Target { get; set; } = target;

    // With the outcomes of uploads, once they are known. An array, so that it is replaced at once.
    private byte[]? _withUploads;

    public ReadOnlyMemory<byte> Json => Volatile.Read(ref _withUploads) is { } withUploads ? withUploads : json;

    /// <summary>The attachments that are not uploaded. Null if there are none.</summary>
    public RowAttachments? Attachments { get; set; }

    /// <summary>Whether the row waits for its attachments to be uploaded.</summary>
    public bool IsUploading => Attachments is { IsOver: false };

    /// <summary>Whether it updates a row that was sent.</summary>
    public bool IsUpdate => Target.UpdatedId is not null;

    /// <summary>The row's id. Of an update, that of the row that it updates. Null if unknown.</summary>
    public string? InferenceId { get; init; }

    /// <summary>The feedback that an update is made of. Null for a row, and for an update of the offline buffer.</summary>
    public RowUpdate? Update { get; init; }

    /// <summary>Of an update, what of the same row is sent first. Null if there is nothing.</summary>
    public PendingRow? After { get; set; }

    /// <summary>Whether it was acknowledged, buffered, reported or dropped.</summary>
    public bool IsSettled { get; set; }

    /// <summary>How often Openlayer did not know the row that this updates.</summary>
    public int UnknownAnswers { get; set; }

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

    /// <summary>While a flush or the shutdown waits for it, and of an update at any time: when its back-off ends.</summary>
    public MonotonicTime RetryAt { get; set; } = MonotonicTime.Past;

    /// <summary>Why it was not acknowledged when it was last sent. Null if it has not been sent.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>The file that holds it: its write-ahead copy, or the buffered file it came from.</summary>
    public string? File { get; set; }

    /// <summary>The row waits for uploads no longer.</summary>
    /// <param name="withUploads">The row with their outcomes.</param>
    /// <param name="rest">The attachments that are not uploaded. Null if there are none.</param>
    public void EndUpload(ReadOnlyMemory<byte> withUploads, RowAttachments? rest)
    {
        Volatile.Write(ref _withUploads, withUploads.ToArray());
        Attachments = rest;
    }

    /// <summary>Releases the bytes that are not uploaded.</summary>
    public void ReleaseAttachments()
    {
        foreach (var attachment in Attachments?.Waiting ?? [])
        {
            attachment.Release();
        }
    }
}
