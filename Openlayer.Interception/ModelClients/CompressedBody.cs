using System.IO.Compression;

namespace Openlayer.Interception.ModelClients;

/// <summary>The body of an HTTP response that its reader decompresses, <c>Content-Encoding: gzip</c>, because no handler below has done so.</summary>
internal static class CompressedBody
{
    /// <summary>The longest body that is decompressed, in bytes.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Whether a content encoding is one that can be decompressed.</summary>
    public static bool IsKnown(string? encoding) => encoding?.Trim().ToLowerInvariant() is "gzip" or "x-gzip" or "br" or "deflate";

    /// <summary>The decompressed body, as far as it is complete and has no more than <see cref="MaxBytes"/>. Empty if it is none.</summary>
    public static ReadOnlyMemory<byte> Decompressed(byte[] body, string? encoding)
    {
        var result = new MemoryStream();
        try
        {
            using var stream = Stream(encoding, body, new MemoryStream(body));
            var buffer = new byte[8192];
            while (stream is not null && result.Length < MaxBytes && stream.Read(buffer) is > 0 and var read)
            {
                result.Write(buffer, 0, read);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException)
        {
            // What came before a broken end is read.
        }

        return result.GetBuffer().AsMemory(0, (int)result.Length);
    }

    private static Stream? Stream(string? encoding, ReadOnlySpan<byte> body, Stream compressed) => encoding?.Trim().ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(compressed, CompressionMode.Decompress),
        "br" => new BrotliStream(compressed, CompressionMode.Decompress),

        // Some servers send the data without the header of zlib.
        "deflate" => body is [var first, ..] && (first & 0x0F) != 8
            ? new DeflateStream(compressed, CompressionMode.Decompress)
            : new ZLibStream(compressed, CompressionMode.Decompress),
        _ => null,
    };
}
