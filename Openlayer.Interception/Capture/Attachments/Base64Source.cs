using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>Bytes as base64. They are decoded when they are read.</summary>
/// <param name="text">The base64, in either alphabet, without the header of a data URI.</param>
internal sealed class Base64Source(string text) : AttachmentSource
{
    public override long? Length { get; } = Base64Text.DecodedLength(text);

    public override string? MediaType => Base64Text.MediaTypeOf(text);

    /// <exception cref="FormatException">The text is not base64.</exception>
    public override void ReadTo(AttachmentReader reader)
    {
        if (!reader.Refuses(reader.Length + Length!.Value))
        {
            reader.ReadAll(Base64Text.Decode(text) ?? throw new FormatException("The text is not base64."));
        }
    }
}
