namespace Openlayer.Interception.Capture.Media;

/// <summary>How files of common formats start, as bytes, base64 or hexadecimal digits.</summary>
internal static class FileFormats
{
    /// <summary>The number of bytes that tell a format.</summary>
    public const int MaxStart = 16;

    // Fewer bytes at the start are too few among numbers and digits.
    private const int MinDistinct = 3;

    private static readonly Format[] Known =
    [
        new([0x89, 0x50, 0x4E, 0x47], "image/png"),
        new([0xFF, 0xD8, 0xFF], "image/jpeg"),
        new([.. "GIF8"u8], "image/gif"),
        new([.. "%PDF"u8], "application/pdf"),
        new([.. "RIFF"u8], "audio/wav"),
        new([0x50, 0x4B, 0x03, 0x04], "application/zip"),
        new([.. "OggS"u8], "audio/ogg"),
        new([.. "ID3"u8], "audio/mpeg"),

        // With fewer bytes, the base64 of these would be the start of many addresses.
        new([0xFF, 0xFB, 0x90], "audio/mpeg"),
        new([0xFF, 0xFB, 0xD0], "audio/mpeg"),
        new([0xFF, 0xF3, 0x84], "audio/mpeg"),
        new([0xFF, 0xF1, 0x50], "audio/aac"),
        new([0xFF, 0xF9, 0x50], "audio/aac"),
        new([.. "fLaC"u8], "audio/flac"),
        new([0x1A, 0x45, 0xDF, 0xA3], "video/webm"),
        new([0x1F, 0x8B, 0x08], "application/gzip"),
        new([0x49, 0x49, 0x2A, 0x00], "image/tiff"),
        new([0x4D, 0x4D, 0x00, 0x2A], "image/tiff"),
        new([.. "BM"u8], "image/bmp"),
        new([0x00, 0x00, 0x01, 0x00], "image/x-icon"),
        new([.. "<svg"u8], "image/svg+xml"),
        new([.. "MThd"u8], "audio/midi"),
        new([.. "FORM"u8], "audio/aiff"),
        new([.. "caff"u8], "audio/x-caf"),
        new([.. "#!AMR"u8], "audio/amr"),
        new([0x46, 0x4C, 0x56, 0x01], "video/x-flv"),
        new([.. "8BPS"u8], "image/vnd.adobe.photoshop"),
        new([.. "{\\rtf"u8], "application/rtf"),
        new([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1], "application/msword"),
        new([0x37, 0x7A, 0xBC, 0xAF], "application/x-7z-compressed"),
        new([.. "BZh"u8], "application/x-bzip2"),
        new([0xFD, 0x37, 0x7A, 0x58, 0x5A], "application/x-xz"),
        new([.. "wOF2"u8], "font/woff2"),
        new([0x7F, 0x45, 0x4C, 0x46], "application/x-executable"),
        new([0x4D, 0x5A, 0x90, 0x00], "application/x-msdownload"),
        new([.. "SQLite format"u8], "application/vnd.sqlite3"),
        new([.. "PAR1"u8], "application/vnd.apache.parquet"),
    ];

    /// <summary>The media type of bytes, by how they start. Null if the start is not known.</summary>
    public static string? MediaTypeOf(ReadOnlySpan<byte> start)
    {
        foreach (var format in Known)
        {
            if (start.StartsWith(format.Start) && IsWhole(format, start))
            {
                return start.StartsWith("RIFF"u8) ? MediaTypeOfContainer(start) : format.MediaType;
            }
        }

        return MediaTypeOfBox(start);
    }

    /// <summary>The media type of bytes whose start can be no other data: longer than two bytes, and not of zeros. Null if it is not known.</summary>
    public static string? DistinctMediaTypeOf(ReadOnlySpan<byte> start)
    {
        foreach (var format in Known)
        {
            if (format.Start.Length >= MinDistinct && format.Start[0] != 0 && start.StartsWith(format.Start))
            {
                return format.MediaType;
            }
        }

        return null;
    }

    // The header of a bitmap has four bytes of zeros, which two letters at the start of a text do not.
    private static bool IsWhole(Format format, ReadOnlySpan<byte> start) =>
        format.Start is not [(byte)'B', (byte)'M'] || (start.Length >= 10 && !start[6..10].ContainsAnyExcept((byte)0));

    private static string MediaTypeOfContainer(ReadOnlySpan<byte> start) => start.Length < 12
        ? "audio/wav"
        : start[8..12] switch
        {
            [(byte)'W', (byte)'E', (byte)'B', (byte)'P'] => "image/webp",
            [(byte)'A', (byte)'V', (byte)'I', (byte)' '] => "video/x-msvideo",
            _ => "audio/wav",
        };

    // The box that starts these files has its length before its name.
    private static string? MediaTypeOfBox(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8 || start[0] != 0 || !start[4..].StartsWith("ftyp"u8))
        {
            return null;
        }

        var brand = start[8..];
        return brand.StartsWith("M4A"u8) ? "audio/x-m4a"
            : brand.StartsWith("heic"u8) || brand.StartsWith("mif1"u8) ? "image/heic"
            : brand.StartsWith("avif"u8) ? "image/avif"
            : "video/mp4";
    }

    private sealed record Format(byte[] Start, string MediaType);
}
