using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Openlayer.Interception.Capture.Media;

/// <summary>
/// Replaces media in text by their type and size: data URIs, and base64 of media wherever it stands. The time is linear in the length of the
/// text. Thread-safe.
/// </summary>
internal static class MediaText
{
    private const int MinDataUri = 8;

    // Shorter base64 is only recognised in a data URI or under a name.
    private const int MinKnownFormat = 32;
    private const int MinNamed = 16;
    private const int MinWeaklyNamed = 64;
    private const int MaxHeader = 256;

    private static readonly SearchValues<char> NotInHeader = SearchValues.Create(" \r\n\t\"'<>{}");

    private static readonly SearchValues<char> NotInAddress = SearchValues.Create(" \r\n\t\"'<>\\)");

    private static readonly FrozenSet<string> Names = new[]
    {
        "data", "bytes", "blob", "image", "images", "audio", "video", "b64_json", "file_data", "fileData", "image_data", "imageData",
        "audio_data", "audioData", "base64", "base64Data", "dataBase64", "data_base64", "partial_image_b64", "imageBytes", "image_bytes",
        "audioBytes", "audio_bytes", "fileBytes", "file_bytes", "videoBytes", "bytesBase64Encoded", "imageBase64", "audioBase64", "image_base64",
        "audio_base64", "b64", "data_b64", "image_b64", "imageB64", "audio_b64", "bytesBase64", "bytes_base64", "contentBytes", "content_base64", "contentBase64",
        "file_base64", "fileBase64", "video_base64", "videoBase64", "videoBytes", "screenshot", "thumbnail", "base64_data", "binary", "buffer",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Names of other texts, too, which are shorter.
    private static readonly FrozenSet<string> WeakNames = new[]
    {
        "file", "content", "result", "delta", "photo", "picture", "icon", "avatar", "logo", "attachment", "payload", "pdf", "document",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a value of this name may be bytes as base64.</summary>
    public static bool IsMediaName(string name) => Names.Contains(name) || WeakNames.Contains(name) || ByteNumbers.IsNameOfBytes(name);

    /// <summary>Whether a value of this name and length, which looks encoded, is bytes as base64.</summary>
    public static bool IsNamed(string name, int length) => (length >= MinNamed && Names.Contains(name)) || (length >= MinWeaklyNamed && WeakNames.Contains(name));

    /// <summary>What replaces the bytes.</summary>
    public static string Placeholder(string? mediaType, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"[{(mediaType is { Length: > 0 } ? $"{mediaType}, " : "")}{size} bytes]");

    /// <summary>The text without media. Null if it has none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The text's name, if that may hold base64.</param>
    public static string? Replace(ReadOnlySpan<char> text, string? name = null)
    {
        if (name is not null
            && text.Length >= MinNamed
            && IsNamed(name, text.Length)
            && Base64Text.Prefix(text) == text.Length
            && (text.EndsWith("=") || Base64Text.LooksEncoded(text)))
        {
            return Placeholder(Base64Text.MediaTypeOf(text), Base64Text.DecodedLength(text));
        }

        return text.Length < MinDataUri ? null : ReplaceParts(text);
    }

    private static string? ReplaceParts(ReadOnlySpan<char> text)
    {
        StringBuilder? replaced = null;
        var copied = 0;
        var at = 0;
        while (Next(text, at) is var (start, end, placeholder) && placeholder is not null)
        {
            replaced ??= new StringBuilder();
            replaced.Append(text[copied..start]).Append(placeholder);
            copied = at = end;
        }

        return replaced?.Append(text[copied..]).ToString();
    }

    // The first media at or after a position.
    private static (int Start, int End, string? Placeholder) Next(ReadOnlySpan<char> text, int from)
    {
        var uri = NextDataUri(text, from);
        var run = NextRun(text, from, uri.Placeholder is null ? text.Length : uri.Start);
        return run.Placeholder is null ? uri : run;
    }

    private static (int Start, int End, string? Placeholder) NextDataUri(ReadOnlySpan<char> text, int from)
    {
        for (var start = IndexOf(text, from); start >= 0; start = IndexOf(text, start + 1))
        {
            var header = text[(start + 5)..];
            var comma = header[..Math.Min(header.Length, MaxHeader)].IndexOf(',');
            if (comma < 0 || header[..comma].ContainsAny(NotInHeader) || !IsMediaHeader(header[..comma], out var isBase64))
            {
                continue;
            }

            var mediaType = header[..comma].IndexOf(';') is var end and >= 0 ? header[..end] : header[..comma];
            var body = start + 5 + comma + 1;
            body += isBase64 ? Math.Max(0, text[body..].IndexOfAnyExcept(" \t\r\n")) : 0;
            var length = isBase64 ? EncodedRun.LengthOf(text[body..]) : AddressLength(text[body..]);
            var size = isBase64 ? Base64Text.DecodedLength(text.Slice(body, length)) : length;
            return (start, body + length, Placeholder(mediaType.ToString(), size));
        }

        return default;

        // Most short texts have no colon, which is faster to see.
        static int IndexOf(ReadOnlySpan<char> text, int from) =>
            from < text.Length && text[from..].Contains(':') && text[from..].IndexOf("data:", StringComparison.OrdinalIgnoreCase) is var at and >= 0
                ? from + at
                : -1;
    }

    // Text in a data URI that is not encoded stays readable.
    private static bool IsMediaHeader(ReadOnlySpan<char> header, out bool isBase64)
    {
        isBase64 = header.TrimEnd().EndsWith("base64", StringComparison.OrdinalIgnoreCase);
        return isBase64 || (header.Contains('/') && !header.StartsWith("text/", StringComparison.OrdinalIgnoreCase));
    }

    // Base64 that stands in a text without a data URI.
    private static (int Start, int End, string? Placeholder) NextRun(ReadOnlySpan<char> text, int from, int limit)
    {
        // Every run of the minimum length contains one of these positions.
        for (var probe = from + MinKnownFormat - 1; probe < limit; probe += MinKnownFormat)
        {
            if (!Base64Text.IsDigit(text[probe]))
            {
                continue;
            }

            var start = probe;
            while (start > from && Base64Text.IsDigit(text[start - 1]))
            {
                start--;
            }

            var run = text[start..];
            run = run[..Base64Text.Prefix(run)];
            if (run.Length >= MinKnownFormat && EncodedRun.Find(text, start, run.Length) is { Placeholder: { } placeholder } found)
            {
                return (found.Start, found.End, placeholder);
            }

            probe = start + run.Length;
        }

        return default;
    }

    private static int AddressLength(ReadOnlySpan<char> text) => text.IndexOfAny(NotInAddress) is var end and >= 0 ? end : text.Length;
}
