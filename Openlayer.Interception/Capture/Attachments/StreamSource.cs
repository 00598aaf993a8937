using System.Buffers;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>A stream of the application, which is read when it is attached, from its position to its end. It is not disposed.</summary>
internal sealed class StreamSource(Stream stream) : AttachmentSource
{
    private const int BufferBytes = 64 * 1024;

    // Someone else may need what is in it.
    public override bool CanBeRead => false;

    public override void ReadTo(AttachmentReader reader)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = stream.Read(buffer, 0, BufferBytes)) > 0 && reader.Append(buffer.AsSpan(0, read)))
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
