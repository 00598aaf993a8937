using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>Texts after which a secret stands, apart from names: schemes of authentication, private keys, and the signs before options and elements.</summary>
internal static class Triggers
{
    private const string Tcp = "@tcp(";
    private const string Unix = "@unix(";
    private const string Pem = "-----BEGIN ";
    private const string PemEnd = "-----END ";

    // With four hyphens and spaces.
    private const string Ssh = "---- BEGIN ";
    private const string SshEnd = "---- END ";
    private const string PrivateKeyLabel = "PRIVATE KEY";
    private const string Basic = "asic ";
    private const string Aws = "WS4-HMAC-SHA256 ";

    // Without their first letter, which can be small.
    private static readonly string[] Schemes = ["earer ", "EARER ", Basic, Aws, "haredKey ", "haredKeyLite ", "egotiate ", "TLM ", "PoP ", "SWS ", "enieKey "];

    private static readonly string[] Phrases = ["ASSWORD '", "assword '", "assword \"", "DENTIFIED BY '", "dentified by '"];

    // Options with one hyphen. A hyphen alone is too frequent in prose.
    private static readonly string[] Options = [" -u ", " -p", " -a ", " -P", " -Token ", " -Secret", " -ApiKey ", " -AccessToken "];

    // Searched for in groups: the search for many texts, or for short and long ones together, takes longer than one after the other.
    private static readonly string[][] Groups = [Schemes, [.. Phrases, .. Options, Tcp, Unix, "&lt;/", "%253"], ["--", "</", "%3"]];

    // An account name, a colon and a signature, too.
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.~+/=:");

    /// <summary>The number of groups of triggers.</summary>
    public const int GroupCount = 3;

#if NET9_0_OR_GREATER
    private static readonly SearchValues<string>[] Search = [.. Groups.Select(static group => SearchValues.Create(group, StringComparison.Ordinal))];

    /// <summary>The next position of a trigger of a group. -1 if there is none.</summary>
    public static int Next(ReadOnlySpan<char> text, int start, int group)
    {
        var next = text[start..].IndexOfAny(Search[group]);
        return next < 0 ? -1 : start + next;
    }
#else
    private const int FirstWindow = 256;

    private static readonly int Longest = Groups.Max(static group => group.Max(static trigger => trigger.Length));

    /// <summary>The next position of a trigger of a group. -1 if there is none.</summary>
    public static int Next(ReadOnlySpan<char> text, int start, int group)
    {
        // In windows that double: each trigger is searched no further than about twice the distance to the next one, so that the time is linear.
        var rest = text[start..];
        for (var window = FirstWindow; ; window *= 2)
        {
            var isLast = rest.Length - Longest <= window;
            var searched = isLast ? rest : rest[..(window + Longest)];
            var next = NextIn(searched, Groups[group]);
            if (isLast)
            {
                return next < 0 ? -1 : start + next;
            }

            // A longer trigger that begins before one in the overlap may end outside of the window.
            if (next >= 0 && next < window)
            {
                return start + next;
            }
        }
    }

    private static int NextIn(ReadOnlySpan<char> text, string[] triggers)
    {
        var next = -1;
        foreach (var trigger in triggers)
        {
            if (text.IndexOf(trigger) is var found and >= 0 && (next < 0 || found < next))
            {
                next = found;
            }
        }

        return next;
    }
#endif

    /// <summary>The range of the secret at a trigger. Empty if there is none.</summary>
    public static (int Start, int End) Find(ReadOnlySpan<char> text, int at, bool isCut)
    {
        var rest = text[at..];
        switch (rest[0])
        {
            case '@':
                return DataSource(text, at);
            case '-':
                return rest.StartsWith(Pem) ? PrivateKey(text, at, Pem, PemEnd) : rest.StartsWith(Ssh) ? PrivateKey(text, at, Ssh, SshEnd) : default;
            case '<' or '%' or '&' or ' ':
                return default;
            default:
                foreach (var scheme in Schemes)
                {
                    if (rest.StartsWith(scheme))
                    {
                        return at > 0 && char.IsAsciiLetter(text[at - 1]) ? Credentials(text, at + scheme.Length, scheme, isCut) : default;
                    }
                }

                return default;
        }
    }

    // user:password@tcp(host)/database
    private static (int Start, int End) DataSource(ReadOnlySpan<char> text, int at)
    {
        var start = at;
        while (start > 0 && at - start < 256 && text[start - 1] is not (' ' or '"' or '\'' or '/' or '\n'))
        {
            start--;
        }

        var colon = text[start..at].IndexOf(':');
        return colon < 0 ? default : (start + colon + 1, at);
    }

    private static (int Start, int End) PrivateKey(ReadOnlySpan<char> text, int at, string begin, string endMark)
    {
        const string Hyphens = "----";
        var line = text[at..Math.Min(text.Length, at + 64)];
        var label = line[begin.Length..].IndexOf(Hyphens);
        if (label < 0 ? !line.EndsWith(PrivateKeyLabel) : line.Slice(begin.Length, label).IndexOf(PrivateKeyLabel) < 0)
        {
            return default;
        }

        var end = text[(at + begin.Length)..].IndexOf(endMark);
        if (end < 0)
        {
            return (at, text.Length);
        }

        var last = at + begin.Length + end + endMark.Length;
        var close = text[last..Math.Min(text.Length, last + 64)].IndexOf(Hyphens);
        return (at, close < 0 ? text.Length : EndOfHyphens(text, last + close));

        static int EndOfHyphens(ReadOnlySpan<char> text, int start) => text[start..].IndexOfAnyExcept('-') is var length and >= 0 ? start + length : text.Length;
    }

    private static (int Start, int End) Credentials(ReadOnlySpan<char> text, int start, string scheme, bool isCut)
    {
        if (ReferenceEquals(scheme, Aws))
        {
            var line = text[start..].IndexOfAny('\r', '\n', '"');
            return text[start..].StartsWith("Credential=") ? (start, line < 0 ? text.Length : start + line) : default;
        }

        var end = KeyForms.EndOfRun(text, start, TokenCharacters);
        var token = text[start..end].TrimEnd(".:");
        var isCutOff = isCut && end == text.Length;
        var isSecret = ReferenceEquals(scheme, Basic) ? IsBasic(token, isCutOff) : IsToken(token) || (isCutOff && token.Length >= 4);
        return isSecret ? (start, start + token.Length) : default;
    }

    // Words that may follow "bearer" in a sentence have no digits and are not that long.
    private static bool IsToken(ReadOnlySpan<char> token)
    {
        var run = 0;
        var longest = 0;
        var hasDigit = false;
        var hasLetter = false;
        foreach (var character in token)
        {
            hasDigit |= char.IsAsciiDigit(character);
            hasLetter |= char.IsAsciiLetter(character);
            run = char.IsAsciiLetterOrDigit(character) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest >= 20 || (hasDigit && hasLetter && token.Length >= 6);
    }

    // user:password in base64.
    private static bool IsBasic(ReadOnlySpan<char> token, bool isCutOff)
    {
        const int MaxLength = 4096;
        var whole = token.TrimEnd('=');
        whole = whole[..(whole.Length - (whole.Length % 4 == 1 ? 1 : 0))];
        if (whole.Length is < 4 or > MaxLength)
        {
            return whole.Length > MaxLength;
        }

        Span<byte> utf8 = stackalloc byte[(whole.Length + 3) / 4 * 4];
        utf8[Encoding.ASCII.GetBytes(whole, utf8)..].Fill((byte)'=');
        if (Base64.DecodeFromUtf8InPlace(utf8, out var written) != OperationStatus.Done)
        {
            return false;
        }

        var decoded = utf8[..written];
        return decoded.Contains((byte)':') ? !decoded.ContainsAnyInRange((byte)0, (byte)31) : isCutOff && whole.Length >= 8;
    }
}
