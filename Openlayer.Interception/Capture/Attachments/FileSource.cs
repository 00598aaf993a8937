using System.Buffers;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>A file, which is read when it is attached.</summary>
internal sealed class FileSource(string path) : AttachmentSource
{
    private const int BufferBytes = 64 * 1024;

    public override string? FileName { get; } = Path.GetFileName(path);

    public override void ReadTo(AttachmentReader reader)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (reader.Refuses(RandomAccess.GetLength(file)))
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            for (long offset = 0; (read = RandomAccess.Read(file, buffer, offset)) > 0 && reader.Append(buffer.AsSpan(0, read)); offset += read)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
