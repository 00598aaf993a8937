using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>Bytes in memory. They are not copied before they are read.</summary>
internal sealed class BytesSource(ReadOnlyMemory<byte> bytes) : AttachmentSource
{
    public override long? Length => bytes.Length;

    public override string? MediaType => FileFormats.MediaTypeOf(bytes.Span);

    public override void ReadTo(AttachmentReader reader) => reader.ReadAll(bytes.Span);
}
