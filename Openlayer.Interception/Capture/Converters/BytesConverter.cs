using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Bytes: their number, and their hash if there are not too many. The bytes themselves are not recorded.</summary>
internal sealed class BytesConverter : SnapshotConverter
{
    /// <summary>The number of bytes that one capture hashes. It takes less than a millisecond.</summary>
    public const int MaxHashedBytes = 1024 * 1024;

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
            case ImmutableArray<byte>:
                writer.WriteNull();
                break;
            case IReadOnlyCollection<byte> bytes:
                WriteCount(writer, bytes.Count);
                break;
            case ICollection<byte> bytes:
                WriteCount(writer, bytes.Count);
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    private static void Write(SnapshotWriter writer, ReadOnlySpan<byte> bytes)
    {
        var hash = writer.TryHash(bytes.Length) ? Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant() : null;
        if (writer.TryOpen(value: null, isObject: true))
        {
            _ = writer.WriteProperty("bytes", bytes.Length) && hash is not null && writer.WriteProperty("sha256", hash);
            writer.Close();
        }
    }

    /// <summary>Writes the number of bytes that are not read.</summary>
    public static void WriteCount(SnapshotWriter writer, int count)
    {
        if (writer.TryOpen(value: null, isObject: true))
        {
            writer.WriteProperty("bytes", count);
            writer.Close();
        }
    }
}
