using System.Buffers;
using System.Buffers.Text;
using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>An attachment in a row that is to be uploaded before the row is sent.</summary>
internal sealed class RowAttachment
{
    private readonly HeldAttachment? _held;
    private readonly ReadOnlyMemory<byte> _base64;

    public RowAttachment(HeldAttachment held)
    {
        var attachment = held.Attachment;
        _held = held;
        (Id, Name, MediaType, ChecksumMd5) = (attachment.Id, attachment.Name, attachment.MediaType, attachment.ChecksumMd5);
        Url = held.Content is null ? attachment.Url : null;
    }

    /// <summary>An attachment of a buffered row.</summary>
    /// <param name="id">Its id in the row.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="base64">Its bytes.</param>
    public RowAttachment(string id, string name, string mediaType, ReadOnlyMemory<byte> base64)
    {
        (Id, Name, MediaType, _base64) = (id, name, mediaType, base64);
    }

    public string Id { get; }

    public string Name { get; }

    public string MediaType { get; }

    /// <summary>The MD5 of the bytes. Null if it is not known yet.</summary>
    public string? ChecksumMd5 { get; private set; }

    /// <summary>The address to fetch the bytes from. Null if they are here.</summary>
    public Uri? Url { get; }

    /// <summary>What equal uploads have in common.</summary>
    public string Key => ChecksumMd5 ?? Url?.AbsoluteUri ?? Id;

    /// <summary>The number of bytes that it takes in the file of a buffered row. 0 for that of another row.</summary>
    public int BufferedBytes => _base64.Length;

    /// <summary>The bytes. Null if they were released, or are no base64.</summary>
    public UploadBytes? Open()
    {
        if (_held is not null)
        {
            return _held.Content is { } content && content.TryHold() ? new UploadBytes(content) : null;
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(_base64.Length)];
        if (Base64.DecodeFromUtf8(_base64.Span, bytes, out _, out var length) != OperationStatus.Done)
        {
            return null;
        }

        // Not from the file, in which others can write.
        Array.Resize(ref bytes, length);
        ChecksumMd5 = AttachmentReader.Checksum(bytes);
        return new UploadBytes(bytes);
    }

    /// <summary>Releases the bytes.</summary>
    public void Release() => _held?.Release();
}
