using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>
/// Records attachments, and keeps the bytes that will be uploaded, within limits over all traces of a tracer. Equal bytes are kept once.
/// Thread-safe.
/// </summary>
/// <param name="settings">The limits.</param>
/// <param name="log">Reports attachments that cannot be read. Null: they are not reported.</param>
internal sealed class AttachmentStore(AttachmentSettings settings, InternalLog? log)
{
    private readonly Dictionary<(string Checksum, long Length), WeakReference<AttachmentContent>> _kept = [];
    private long _inMemory;
    private long _onDisk;

    public AttachmentSettings Settings => settings;

    /// <summary>The bytes in memory that wait for their upload.</summary>
    public long BytesInMemory => Interlocked.Read(ref _inMemory);

    /// <summary>The bytes in temporary files that wait for their upload.</summary>
    public long BytesOnDisk => Interlocked.Read(ref _onDisk);

    /// <summary>Reads an attachment. Does not throw.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="readsStreams">Whether the application asked for it to be read, so that a stream is.</param>
    /// <returns>Null if it has neither bytes nor an address, because they cannot be read.</returns>
    public RecordedAttachment? Record(Attachment attachment, bool readsStreams)
    {
        if (attachment.Source is not { } source)
        {
            var isFetched = settings.UploadUrls && attachment.Url is { } url && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);
            return new RecordedAttachment(attachment, isFetched ? new HeldAttachment(attachment, content: null) : null, Problem: null);
        }

        if (!source.CanBeRead && !readsStreams)
        {
            return new RecordedAttachment(attachment, Held: null, Problem: null);
        }

        try
        {
            var read = source.Read(this);
            if (read.Problem is not null)
            {
                log?.Report(CaptureEvents.AttachmentNotKept, cause: read.Problem);
            }

            var recorded = attachment.AsRead(read);
            return new RecordedAttachment(recorded, read.Content is null ? null : new HeldAttachment(recorded, read.Content), read.Problem);
        }
        catch (Exception exception)
        {
            log?.Report(CaptureEvents.AttachmentNotRead, exception);
            return source.Length is null ? null : new RecordedAttachment(attachment, Held: null, settings.Upload ? "It could not be read." : null);
        }
    }

    /// <summary>The bytes with this checksum, held once more for the caller. Null if there are none.</summary>
    public AttachmentContent? Find(string checksum, long length)
    {
        lock (_kept)
        {
            return _kept.TryGetValue((checksum, length), out var kept) && kept.TryGetTarget(out var content) && content.TryHold() ? content : null;
        }
    }

    /// <summary>Lets others share bytes of which the checksum is known now. Returns what the caller holds from now on.</summary>
    public AttachmentContent Share(AttachmentContent content, string checksum)
    {
        if (Find(checksum, content.Length) is { } other)
        {
            content.Release();
            return other;
        }

        content.ChecksumMd5 = checksum;
        lock (_kept)
        {
            _kept[(checksum, content.Length)] = new(content);
        }

        return content;
    }

    /// <summary>Bytes were freed.</summary>
    public void Forget(AttachmentContent content)
    {
        if (content.ChecksumMd5 is not { } checksum)
        {
            return;
        }

        lock (_kept)
        {
            if (_kept.TryGetValue((checksum, content.Length), out var kept) && (!kept.TryGetTarget(out var current) || ReferenceEquals(current, content)))
            {
                _kept.Remove((checksum, content.Length));
            }
        }
    }

    public bool TryReserveMemory(long bytes) => TryReserve(ref _inMemory, bytes, settings.MaxTotalBytesInMemory);

    public bool TryReserveDisk(long bytes) => TryReserve(ref _onDisk, bytes, settings.MaxTotalBytesOnDisk);

    public void ReturnMemory(long bytes) => Interlocked.Add(ref _inMemory, -bytes);

    public void ReturnDisk(long bytes) => Interlocked.Add(ref _onDisk, -bytes);

    private static bool TryReserve(ref long used, long bytes, long limit)
    {
        if (Interlocked.Add(ref used, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref used, -bytes);
        return false;
    }
}
