using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>The bytes of one attachment, held until they are disposed.</summary>
internal sealed class UploadBytes : IDisposable
{
    private readonly AttachmentContent? _content;
    private readonly byte[] _bytes = [];

    /// <param name="content">The bytes, held once for this object.</param>
    public UploadBytes(AttachmentContent content)
    {
        _content = content;
        Length = content.Length;
    }

    public UploadBytes(byte[] bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    public long Length { get; }

    /// <summary>Reads bytes from a position. Returns their number, 0 at the end.</summary>
    public int Read(long offset, Span<byte> buffer)
    {
        if (_content is not null)
        {
            return _content.Read(offset, buffer);
        }

        var rest = _bytes.AsSpan((int)offset);
        var length = Math.Min(rest.Length, buffer.Length);
        rest[..length].CopyTo(buffer);
        return length;
    }

    public void Dispose() => _content?.Release();
}
