using System.Buffers;

namespace Openlayer.Interception.Capture.Media;

/// <summary>Text that holds bytes as base64, in the standard or the URL alphabet.</summary>
internal static class Base64Text
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=");

    /// <summary>The number of bytes that base64 text holds.</summary>
    public static long DecodedLength(ReadOnlySpan<char> text) => text.TrimEnd('=').Length * 3L / 4;

    /// <summary>Whether a character belongs to one of the alphabets.</summary>
    public static bool IsDigit(char character) => Alphabet.Contains(character);

    /// <summary>The number of characters at the start of a text that belong to one of the alphabets.</summary>
    public static int Prefix(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(Alphabet) is var end and >= 0 ? end : text.Length;

    /// <summary>The media type of base64, by how it starts. Null if the start is not known.</summary>
    public static string? MediaTypeOf(ReadOnlySpan<char> base64)
    {
        Span<byte> start = stackalloc byte[FileFormats.MaxStart];
        return FileFormats.MediaTypeOf(start[..DecodeStart(base64, start)]);
    }

    /// <summary>The bytes that text holds, in either alphabet and with or without padding and white space. Null if it is not base64.</summary>
    public static byte[]? Decode(string text)
    {
        if (text.AsSpan().IndexOfAny('-', '_') >= 0)
        {
            text = text.Replace('-', '+').Replace('_', '/');
        }

        if (text.Length % 4 is var rest and not 0 && Prefix(text) == text.Length)
        {
            text = text.PadRight(text.Length + 4 - rest, '=');
        }

        var bytes = new byte[((long)text.Length + 3) / 4 * 3];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
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

    // Whole bytes only. Returns their number.
    private static int DecodeStart(ReadOnlySpan<char> text, Span<byte> start)
    {
        var (bits, count, length) = (0, 0, 0);
        foreach (var character in text)
        {
            var value = ValueOf(character);
            if (value < 0 || length == start.Length)
            {
                break;
            }

            bits = (bits << 6) | value;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                start[length++] = (byte)(bits >> count);
                bits &= (1 << count) - 1;
            }
        }

        return length;
    }

    private static int ValueOf(char character) => character switch
    {
        >= 'A' and <= 'Z' => character - 'A',
        >= 'a' and <= 'z' => character - 'a' + 26,
        >= '0' and <= '9' => character - '0' + 52,
        '+' or '-' => 62,
        '/' or '_' => 63,
        _ => -1,
    };
}
