using System.Buffers;

namespace Openlayer.Interception.Capture.Media;

/// <summary>Text that holds bytes as base64, in the standard or the URL alphabet.</summary>
internal static class Base64Text
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=");

    // How the base64 of common media formats starts.
    private static readonly (string Start, string MediaType)[] Formats =
    [
        ("iVBORw0KGgo", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "audio/wav"),
        ("JVBERi0", "application/pdf"),
        ("SUQz", "audio/mpeg"),
        ("//uQ", "audio/mpeg"),
        ("//vQ", "audio/mpeg"),
        ("//OE", "audio/mpeg"),
        ("T2dnUw", "audio/ogg"),
        ("ZkxhQw", "audio/flac"),
        ("GkXfo", "video/webm"),
        ("UEsDB", "application/zip"),
        ("H4sI", "application/gzip"),
        ("SUkqA", "image/tiff"),
        ("TU0AK", "image/tiff"),
        ("Qk0", "image/bmp"),
        ("Qk1", "image/bmp"),
        ("AAABAA", "image/x-icon"),
        ("PHN2Zy", "image/svg+xml"),
        ("//FQ", "audio/aac"),
        ("//lQ", "audio/aac"),
        ("TVRoZ", "audio/midi"),
        ("Rk9STQ", "audio/aiff"),
        ("Y2FmZ", "audio/x-caf"),
        ("IyFBTV", "audio/amr"),
        ("RkxWA", "video/x-flv"),
        ("OEJQU", "image/vnd.adobe.photoshop"),
        ("e1xydGY", "application/rtf"),
        ("0M8R4KGx", "application/msword"),
        ("N3q8r", "application/x-7z-compressed"),
        ("QlpoO", "application/x-bzip2"),
        ("/Td6WF", "application/x-xz"),
        ("d09GM", "font/woff2"),
        ("f0VMR", "application/x-executable"),
        ("TVqQA", "application/x-msdownload"),
        ("U1FMaXRlIGZvcm1hd", "application/vnd.sqlite3"),
        ("UEFSM", "application/vnd.apache.parquet"),
    ];

    /// <summary>The number of bytes that base64 text holds.</summary>
    public static long DecodedLength(ReadOnlySpan<char> text) => text.TrimEnd('=').Length * 3L / 4;

    /// <summary>Whether a character belongs to one of the alphabets.</summary>
    public static bool IsDigit(char character) => Alphabet.Contains(character);

    /// <summary>The number of characters at the start of a text that belong to one of the alphabets.</summary>
    public static int Prefix(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(Alphabet) is var end and >= 0 ? end : text.Length;

    /// <summary>The media type of base64, by how it starts. Null if the start is not known.</summary>
    public static string? MediaTypeOf(ReadOnlySpan<char> base64)
    {
        foreach (var (start, mediaType) in Formats)
        {
            if (base64.StartsWith(start))
            {
                return mediaType == "audio/wav" && base64.Length > 16 && base64[10..].StartsWith("XRUJQ") ? "image/webp" : mediaType;
            }
        }

        // The box that starts these files has its length before its name.
        return base64.Length > 12 && base64.StartsWith("AAAA") && base64[5..12].IndexOf("Z0eX") >= 0 ? "video/mp4" : null;
    }

    /// <summary>
    /// Whether text of the alphabet looks like encoded bytes, as opposed to words, numbers or hexadecimal digits: small and capital letters,
    /// digits and signs change more often than in a name.
    /// </summary>
    public static bool LooksEncoded(ReadOnlySpan<char> text)
    {
        const int Sample = 512;
        text = text[..Math.Min(text.Length, Sample)].TrimEnd('=');
        var (hasSmall, hasCapital, changes) = (false, false, 0);
        var last = -1;
        foreach (var character in text)
        {
            var kind = char.IsAsciiLetterLower(character) ? 0 : char.IsAsciiLetterUpper(character) ? 1 : char.IsAsciiDigit(character) ? 2 : 3;
            hasSmall |= kind == 0;
            hasCapital |= kind == 1;
            changes += last >= 0 && kind != last ? 1 : 0;
            last = kind;
        }

        return hasSmall && hasCapital && changes * 5 >= text.Length * 2;
    }
}
