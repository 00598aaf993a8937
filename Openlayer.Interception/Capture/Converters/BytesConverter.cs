using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Bytes: their number and hash. The bytes themselves are not recorded.</summary>
internal sealed class BytesConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        switch (value)
        {
            case byte[] bytes:
                Write(writer, bytes);
                break;
            case Memory<byte> bytes:
                Write(writer, bytes.Span);
                break;
            case ReadOnlyMemory<byte> bytes:
                Write(writer, bytes.Span);
                break;
            case ArraySegment<byte> bytes:
                Write(writer, bytes.AsSpan());
                break;
            case ImmutableArray<byte> { IsDefault: false } bytes:
                Write(writer, bytes.AsSpan());
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    private static void Write(SnapshotWriter writer, ReadOnlySpan<byte> bytes)
    {
        var hash = Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();
        if (writer.TryOpen(value: null, isObject: true))
        {
            _ = writer.WriteProperty("bytes", bytes.Length) && writer.WriteProperty("sha256", hash);
            writer.Close();
        }
    }
}
