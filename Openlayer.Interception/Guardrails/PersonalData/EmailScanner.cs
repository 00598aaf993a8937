namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds e-mail addresses (RFC 5322): a local part, quoted or not, and a domain of at least two labels whose last one is a word, or an
/// address in brackets. Letters are those of alphabets with spaces between words, so that an address in Chinese or Japanese text ends where
/// the text goes on.
/// </summary>
internal static class EmailScanner
{
    private const int MaxLocal = 64;
    private const int MaxDomain = 253;
    private const int MaxLabel = 63;

    // Names of files that look like domains: icon@2x.png. None of them is a top-level domain.
    private static readonly string[] FileExtensions = ["png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "pdf", "css", "js", "ts", "json", "html", "xml", "yml", "txt", "dll", "exe"];

    public static void Find(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        for (var position = 0; NextSign(text, position) is { At: >= 0 } sign; position = sign.At + sign.Length)
        {
            var end = EndOfDomain(text, sign.At + sign.Length);
            var start = end < 0 ? -1 : StartOfLocal(text, sign.At, position);
            if (start < 0 || IsRepository(text[start..sign.At], text, end))
            {
                continue;
            }

            (found ??= []).Add(new(start, end, PersonalDataKind.Email, 1));
        }
    }

    // "@", and its forms in addresses, in JSON and of full width.
    private static (int At, int Length) NextSign(ReadOnlySpan<char> text, int start)
    {
        for (var index = start; index < text.Length; index++)
        {
            var next = text[index..].IndexOfAny("@%\\\uFF20");
            if (next < 0)
            {
                break;
            }

            index += next;
            var length = text[index] switch
            {
                '@' or '\uFF20' => 1,
                '%' when text[index..].StartsWith("%40") => 3,
                '\\' when text[index..].StartsWith("\\u0040") => 6,
                _ => 0,
            };
            if (length > 0)
            {
                return (index, length);
            }
        }

        return (-1, 0);
    }

    // The start of the local part that ends at a position. -1 if there is none.
    private static int StartOfLocal(ReadOnlySpan<char> text, int end, int limit)
    {
        limit = Math.Max(limit, end - MaxLocal);
        if (end > limit && text[end - 1] == '"')
        {
            var quote = text[limit..(end - 1)].LastIndexOf('"');
            return quote >= 0 && quote < end - 2 - limit && !text[(limit + quote)..end].ContainsAny('\r', '\n') ? limit + quote : -1;
        }

        var start = end;
        while (start > limit && IsLocal(text[start - 1]))
        {
            start--;
        }

        // The rest of an escape, and signs that belong to the sentence.
        while (start < end)
        {
            var escape = EscapeBefore(text, start, end);
            if (escape == 0 && text[start] is not ('.' or '\'' or '-' or '~' or '*' or '#' or '!' or '%' or '+' or '$' or '^'))
            {
                break;
            }

            start += Math.Max(escape, 1);
        }

        // Two full stops are no part of it.
        start += text[start..end].LastIndexOf("..") is var dots and >= 0 ? dots + 2 : 0;
        return start < end && text[end - 1] != '.' ? start : -1;
    }

    // "\nanna": the letters after a backslash. "\u0022anna", "%20anna".
    private static int EscapeBefore(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0 && text[start - 1] == '\\')
        {
            return text[start] is 'n' or 'r' or 't' ? 1
                : text[start] == 'u' && end - start > 5 && IsHexadecimal(text.Slice(start + 1, 4)) && !text.Slice(start + 1, 4).SequenceEqual("002B") ? 5
                : 0;
        }

        return text[start] == '%' && end - start > 3 && IsHexadecimal(text.Slice(start + 1, 2)) ? 3 : 0;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    // The end of the domain that starts at a position. -1 if there is none.
    private static int EndOfDomain(ReadOnlySpan<char> text, int start)
    {
        if (start < text.Length && text[start] == '[')
        {
            var close = text[start..Math.Min(text.Length, start + MaxLabel)].IndexOf(']');
            return close > 0 && System.Net.IPAddress.TryParse(Literal(text[(start + 1)..(start + close)]), out _) ? start + close + 1 : -1;
        }

        var (labels, numeric, lastEnd) = (0, 0, -1);
        var limit = Math.Min(text.Length, start + MaxDomain);
        for (var label = start; label < limit;)
        {
            var end = label;
            while (end < limit && IsDomain(text[end]))
            {
                end++;
            }

            while (end > label && text[end - 1] == '-')
            {
                end--;
            }

            if (end == label || end - label > MaxLabel || text[label] == '-')
            {
                break;
            }

            labels++;
            numeric += char.IsDigit(text[label]) ? 1 : 0;
            if (labels > 1 && EndOfTopLevel(text, label, end) is > 0 and var last)
            {
                lastEnd = last;
            }

            if (end + 1 >= limit || text[end] != '.')
            {
                break;
            }

            label = end + 1;
        }

        // Numbers of versions start with several numeric labels.
        return numeric > 1 ? -1 : lastEnd;
    }

    // A hyphen joins another word to the address: "anna@example.org-Postfach".
    private static int EndOfTopLevel(ReadOnlySpan<char> text, int start, int end)
    {
        var hyphen = text[start..end].StartsWith("xn--", StringComparison.OrdinalIgnoreCase) ? -1 : text[start..end].IndexOf('-');
        var last = hyphen < 0 ? end : start + hyphen;
        return IsTopLevel(text[start..last]) ? last : -1;
    }

    private static ReadOnlySpan<char> Literal(ReadOnlySpan<char> text) => text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;

    private static bool IsTopLevel(ReadOnlySpan<char> label)
    {
        if (label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (label.Length is < 2 or > 24)
        {
            return false;
        }

        foreach (var character in label)
        {
            if (!char.IsLetter(character))
            {
                return false;
            }
        }

        foreach (var extension in FileExtensions)
        {
            if (label.Equals(extension, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    // git@github.com:owner/repository is no one's mailbox.
    private static bool IsRepository(ReadOnlySpan<char> local, ReadOnlySpan<char> text, int end) =>
        local.SequenceEqual("git") && end < text.Length && text[end] is ':' or '/';

    private static bool IsLocal(char character) => IsDomain(character) || character is '.' or '_' or '+' or '%' or '\'' or '~' or '!' or '#' or '$' or '*' or '^';

    private static bool IsDomain(char character) =>
        char.IsAsciiLetterOrDigit(character) || character == '-' || (character > 127 && character < '\u0590' && char.IsLetterOrDigit(character));
}
