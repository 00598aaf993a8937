using System.Buffers;
using System.Globalization;
using System.Numerics;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Capture.Media;

/// <summary>
/// Bytes as base64 or as hexadecimal digits in a text. They are known by the format of a file, by a name or the word "base64" before them, or
/// by their length.
/// </summary>
internal static class EncodedRun
{
    private const int MinUnknownFormat = 256;

    // Longer than the hash or the key that such digits usually are.
    private const int MinUnknownHexadecimal = 1_024;
    private const int MinHexadecimal = 64;
    private const int MinDistinct = 14;

    // Encoded lines in a mail or a PEM file are longer. Shorter lines must be equally long.
    private const int MinLine = 60;
    private const int MinEqualLine = 16;
    private const int MinSpacedLine = 40;

    private const int MaxHintDistance = 48;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The bytes in a run of characters of base64. No placeholder if it is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the run starts.</param>
    /// <param name="length">The length of the run.</param>
    public static (int Start, int End, string? Placeholder) Find(ReadOnlySpan<char> text, int start, int length)
    {
        var end = start + length;
        start += EscapeLength(text, start, end);
        var run = text[start..end];
        if (Base64Text.MediaTypeOf(run) is { } mediaType && (Base64Text.LooksEncoded(run) || run.Length >= MinUnknownFormat))
        {
            return Replaced(text, start, mediaType);
        }

        if (Hexadecimal(run, out var bytes) is { } format)
        {
            return (start, end, MediaText.Placeholder(format, bytes));
        }

        if (!Base64Text.LooksEncoded(run))
        {
            return default;
        }

        var isBytes = run.Length >= MinUnknownFormat
            || IsHinted(text, start, run.Length)
            || (run.Length >= MinLine && LengthOf(text[start..]) >= MinUnknownFormat);
        return isBytes ? Replaced(text, start, mediaType: null) : default;
    }

    /// <summary>The length of the base64 at the start of a text. It can be broken into lines, escaped in JSON or in an address.</summary>
    public static int LengthOf(ReadOnlySpan<char> text)
    {
        var line = Base64Text.Prefix(text);
        var length = line;
        while (length < text.Length)
        {
            var rest = text[length..];
            var skipped = Escaped(rest);
            if (skipped == 0)
            {
                skipped = LineBreak(rest);
                var next = skipped == 0 ? 0 : Base64Text.Prefix(rest[skipped..]);
                if (next == 0 || !IsNextLine(length, line, next, isSpace: rest[0] == ' '))
                {
                    break;
                }

                line = 0;
            }

            length += skipped;
            var part = Base64Text.Prefix(text[length..]);
            line += part;
            length += part;
        }

        return length;
    }

    private static (int Start, int End, string? Placeholder) Replaced(ReadOnlySpan<char> text, int start, string? mediaType)
    {
        var length = LengthOf(text[start..]);
        return (start, start + length, MediaText.Placeholder(mediaType, Base64Text.DecodedLength(text.Slice(start, length))));
    }

    // The characters of an escape before base64 belong to its alphabet: "\u0022", "\n" and "%2C".
    private static int EscapeLength(ReadOnlySpan<char> text, int start, int end) => (start > 0 ? text[start - 1] : ' ') switch
    {
        '\\' when text[start] == 'u' && end - start > 5 => 5,
        '\\' when text[start] is 'n' or 'r' or 't' => 1,
        '%' when end - start > 2 => 2,
        _ => text[start..end].StartsWith("0x") ? 2 : 0,
    };

    // The media type of bytes as digits, empty if the format is unknown. Null if they are no bytes.
    private static string? Hexadecimal(ReadOnlySpan<char> run, out int bytes)
    {
        // 89-50-4E-47
        var isSeparated = run.Length > 2 && run[2] == '-';
        bytes = isSeparated ? (run.Length + 1) / 3 : run.Length / 2;
        if (bytes * 2 < MinHexadecimal)
        {
            return null;
        }

        var format = FormatOf(run, isSeparated);

        // The letters of a word or of a sequence are fewer.
        format ??= isSeparated || (bytes * 2 >= MinUnknownHexadecimal && Distinct(run) >= MinDistinct) ? "" : null;
        return format is not null && AreDigits(run, isSeparated) ? format : null;
    }

    // By the first bytes, each of two digits.
    private static string? FormatOf(ReadOnlySpan<char> run, bool isSeparated)
    {
        Span<byte> start = stackalloc byte[FileFormats.MaxStart];
        var step = isSeparated ? 3 : 2;
        for (var index = 0; index < start.Length; index++)
        {
            if (!byte.TryParse(run.Slice(index * step, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out start[index]))
            {
                return null;
            }
        }

        return FileFormats.DistinctMediaTypeOf(start);
    }

    private static bool AreDigits(ReadOnlySpan<char> run, bool isSeparated)
    {
        if (!isSeparated)
        {
            return !run.ContainsAnyExcept(Digits);
        }

        for (var index = 0; index < run.Length; index++)
        {
            if (index % 3 == 2 ? run[index] != '-' : !char.IsAsciiHexDigit(run[index]))
            {
                return false;
            }
        }

        return true;
    }

    private static int Distinct(ReadOnlySpan<char> digits)
    {
        var seen = 0;
        foreach (var digit in digits[..MinUnknownHexadecimal])
        {
            seen |= char.IsAsciiHexDigit(digit) ? 1 << (char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10) : 0;
        }

        return BitOperations.PopCount((uint)seen);
    }

    // The word "base64", or a name of bytes in JSON.
    private static bool IsHinted(ReadOnlySpan<char> text, int start, int length)
    {
        var before = text[Math.Max(0, start - MaxHintDistance)..start];
        if (before.IndexOf("base64", StringComparison.OrdinalIgnoreCase) >= 0)
        {
            return true;
        }

        if (before.EndsWith(">") && before.LastIndexOf('<') is var tag and >= 0)
        {
            // <image>iVBO
            var element = before[(tag + 1)..^1];
            element = element[..(element.IndexOf(' ') is var space and >= 0 ? space : element.Length)];
            return MediaText.IsNamed(element[(element.LastIndexOf(':') + 1)..].ToString(), length);
        }

        var end = before.EndsWith("\"") ? start - 1 : before.EndsWith("\\u0022") ? start - 6 : -1;
        while (end > 0 && text[end - 1] == '\\')
        {
            end--;
        }

        var colon = end <= 0 ? -1 : text[..end].TrimEnd().Length - 1;
        return colon > 0
            && text[colon] == ':'
            && Quote.TryReadStringBefore(text, text[..colon].TrimEnd().Length, out _, out var name)
            && MediaText.IsNamed(text[name].ToString(), length);
    }

    private static bool IsNextLine(int length, int line, int next, bool isSpace) => isSpace
        ? line >= MinSpacedLine && next == line
        : length >= MinLine || (line >= MinEqualLine && (next == line || (next < line && length > line && next % 4 == 0)));

    private static int Escaped(ReadOnlySpan<char> text) => text switch
    {
        ['\\', '/', ..] => 2,
        ['\\', 'u' or 'U', '0', '0', '2' or '3', _, ..] => 6,
        ['%', '2' or '3', _, ..] => 3,
        _ => 0,
    };

    // With the indentation of the next line.
    private static int LineBreak(ReadOnlySpan<char> text)
    {
        var length = text switch
        {
            ['\r', '\n', ..] => 2,
            ['\n' or ' ', ..] => 1,
            ['\\', 'r', '\\', 'n', ..] => 4,
            ['\\', 'n', ..] => 2,
            _ => 0,
        };
        while (length > 0 && text[0] != ' ' && length < text.Length && text[length] is ' ' or '\t')
        {
            length++;
        }

        return length;
    }
}
