using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>
/// Bytes that a model produces piece by piece. They are kept only if they will be uploaded; otherwise only their checksum goes on with each
/// piece. Not thread-safe.
/// </summary>
/// <param name="store">Keeps the bytes.</param>
internal sealed class PiecesSource(AttachmentStore store) : AttachmentSource
{
    private readonly AttachmentReader _reader = new(store) { IsPieced = true };
    private ReadAttachment? _read;

    public override long? Length => _read?.Length ?? _reader.Length;

    public override string? MediaType => FileFormats.MediaTypeOf(_reader.Start);

    /// <summary>Adds the next piece. Ignored once the pieces were read, or if it is not base64.</summary>
    public void Append(AttachmentSource piece)
    {
        if (_read is not null)
        {
            return;
        }

        try
        {
            piece.ReadTo(_reader);
        }
        catch (FormatException)
        {
            // The checksum is then that of the pieces that can be read.
        }
    }

    public override ReadAttachment Read(AttachmentStore store)
    {
        if (_read is null)
        {
            return _read = _reader.Complete();
        }

        return _read.Content?.TryHold() == false ? _read with { Content = null } : _read;
    }

    public override void ReadTo(AttachmentReader reader)
    {
        // The pieces are read as they come.
    }
}
