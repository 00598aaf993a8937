using System.Buffers;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// The forms of keys: a prefix that stands at the start of a word, and how many characters of which kind follow it. JSON Web Tokens, and
/// client secrets of Microsoft Entra, have forms of their own.
/// </summary>
internal static class KeyForms
{
    private const string JwtPrefix = "eyJ";
    private const int MinJwtPart = 10;

    // Where a client secret of Microsoft Entra has its mark, and how long it is.
    private const int EntraMark = 4;
    private const int EntraLength = 37;

    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The characters of most keys and of base64url.</summary>
    public static readonly SearchValues<char> Word = SearchValues.Create(Alphanumeric + "-_");

    /// <summary>The characters of tokens that consist of several parts.</summary>
    public static readonly SearchValues<char> Parts = SearchValues.Create(Alphanumeric + "-_.~");

    /// <summary>The characters of base64 in any form, and of bearer tokens.</summary>
    public static readonly SearchValues<char> Base64 = SearchValues.Create(Alphanumeric + "-_.~+/=");

    private static readonly SearchValues<char> Upper = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> Path = SearchValues.Create(Alphanumeric + "-_/@.");

    private static readonly KeyForm[] Forms =
    [
        // Model providers and their tools.
        new("sk-proj-", 12, Word), new("sk-svcacct-", 12, Word), new("sk-admin-", 12, Word), new("sk-ant-", 12, Word), new("sk-or-", 12, Word),
        new("sk-lf-", 12, Word), new("sk-", 16, Word) { MinRun = 16, MayHaveHyphens = true }, new("sk_", 20, Word) { MinRun = 20 },
        new("sess-", 32, Word) { MinRun = 32 }, new("gsk_", 20, Word) { MinRun = 16 }, new("pplx-", 20, Word) { MinRun = 16 }, new("xai-", 20, Word) { MinRun = 16 }, new("nvapi-", 20, Word) { MinRun = 16 },
        new("tvly-", 16, Word) { MinRun = 12 }, new("fw_", 20, Word) { MinRun = 16 }, new("r8_", 20, Word) { MinRun = 16 }, new("hf_", 20, Word) { MinRun = 20 }, new("api_org_", 20, Word) { MinRun = 16 },
        new("lsv2_", 20, Word) { MinRun = 16 }, new("ls__", 20, Word) { MinRun = 16 }, new("pcsk_", 20, Word) { MinRun = 16 }, new("jina_", 20, Word) { MinRun = 16 }, new("ABSK", 40, Base64) { MinRun = 20 }, new("bedrock-api-key-", 20, Base64) { MinRun = 12 },
        new("fc-", 32, Word) { MinRun = 32 }, new("csk-", 20, Word) { MinRun = 20 }, new("llx-", 20, Word) { MinRun = 20 },

        // Clouds.
        new("AKIA", 16, Upper) { Exactly = true }, new("ASIA", 16, Upper) { Exactly = true }, new("ABIA", 16, Upper) { Exactly = true }, new("ACCA", 16, Upper) { Exactly = true },
        new("AIza", 30, Word) { MinRun = 8 }, new("ya29.", 16, Parts), new("GOCSPX-", 16, Word), new("1//0", 24, Word), new("LTAI", 12, Word) { MinRun = 12 },
        new("dapi", 32, Word) { MinRun = 32 }, new("dop_v1_", 20, Word), new("doo_v1_", 20, Word), new("dor_v1_", 20, Word) { MinRun = 12 },
        new("fm2_", 20, Base64), new("fo1_", 20, Word) { MinRun = 16 }, new("pul-", 32, Word) { MinRun = 32 }, new("hvs.", 20, Word) { MinRun = 12 }, new("hvb.", 20, Word) { MinRun = 12 }, new("hvr.", 20, Word) { MinRun = 12 },
        new("v1.0-", 100, Word) { MinRun = 24 }, new("nfp_", 20, Word) { MinRun = 16 }, new("rnd_", 20, Word) { MinRun = 16 }, new("sbp_", 20, Word) { MinRun = 16 }, new("sb_secret_", 16, Word),
        new("pscale_tkn_", 20, Parts), new("pscale_pw_", 20, Parts), new("pscale_oauth_", 20, Parts), new("HRKU-", 20, Word) { MinRun = 6 }, new("dt0c01.", 20, Parts), new("dt0s01.", 20, Parts),
        new("AGE-SECRET-KEY-1", 20, Upper),

        // Source code and packages.
        new("ghp_", 20, Word), new("gho_", 20, Word), new("ghu_", 20, Word), new("ghs_", 20, Word), new("ghr_", 20, Word), new("github_pat_", 20, Word),
        new("glpat-", 16, Parts), new("gldt-", 16, Word) { MinRun = 12 }, new("glrt-", 16, Parts), new("glcbt-", 16, Word), new("glptt-", 16, Word) { MinRun = 12 }, new("glft-", 16, Word) { MinRun = 12 },
        new("glsoat-", 16, Word), new("gloas-", 16, Word), new("glagent-", 16, Word), new("glimt-", 16, Word), new("ATATT3", 20, Base64), new("ATCTT3", 20, Base64),
        new("ATBB", 24, Word) { MinRun = 16 }, new("npm_", 30, Word) { MinRun = 30 }, new("pypi-", 32, Word) { MinRun = 24 }, new("dckr_pat_", 16, Word), new("dckr_oat_", 16, Word), new("rubygems_", 32, Word) { MinRun = 16 },
        new("oy2", 43, Word) { MinRun = 43 }, new("sgp_", 32, Word) { MinRun = 16 }, new("CLOJARS_", 32, Word), new("AKCp", 32, Word) { MinRun = 20 },

        // Messages, payments, monitoring.
        new("xoxb-", 10, Word), new("xoxp-", 10, Word), new("xoxa-", 10, Word), new("xoxr-", 10, Word), new("xoxs-", 10, Word), new("xoxe-", 10, Word), new("xoxe.", 10, Parts),
        new("xoxc-", 10, Word), new("xoxd-", 10, Base64), new("xapp-", 10, Word), new("xwfp-", 10, Word), new("SG.", 32, Parts), new("key-", 32, Word) { MinRun = 32 },
        new("xkeysib-", 20, Word), new("xsmtpsib-", 20, Word), new("re_", 20, Word) { MinRun = 16 }, new("sk_live_", 8, Word), new("sk_test_", 8, Word), new("rk_live_", 8, Word),
        new("rk_test_", 8, Word), new("whsec_", 12, Base64), new("sq0atp-", 16, Word), new("sq0csp-", 16, Word), new("shpat_", 20, Word), new("shpss_", 20, Word),
        new("shpca_", 20, Word), new("shppa_", 20, Word), new("shippo_live_", 20, Word) { MinRun = 12 }, new("duffel_live_", 20, Word) { MinRun = 12 }, new("NRAK-", 20, Word) { MinRun = 12 }, new("NRII-", 20, Word) { MinRun = 12 },
        new("glsa_", 20, Word) { MinRun = 16 }, new("glc_", 20, Base64) { MinRun = 16 }, new("sntrys_", 20, Base64), new("sntryu_", 20, Word) { MinRun = 16 }, new("phx_", 20, Word) { MinRun = 16 }, new("lin_api_", 20, Word) { MinRun = 16 },
        new("secret_", 40, Word) { MinRun = 32 }, new("ntn_", 32, Word) { MinRun = 16 }, new("figd_", 20, Word) { MinRun = 16 }, new("PMAK-", 20, Word), new("CFPAT-", 20, Word), new("EZAK", 40, Word) { MinRun = 20 },
        new("pat-na1-", 20, Word) { MinRun = 6 }, new("pat-eu1-", 20, Word) { MinRun = 6 }, new("ops_eyJ", 40, Word),

        new("PuTTY-User-Key-File-", 1, SearchValues.Create(Enumerable.Range(0, 128).Select(static code => (char)code).ToArray())),

        // Addresses that are secrets themselves.
        new("hooks.slack.com/services/", 10, Path) { KeepsPrefix = true }, new("hooks.slack.com/workflows/", 10, Path) { KeepsPrefix = true },
        new("discord.com/api/webhooks/", 10, Path) { KeepsPrefix = true }, new("discordapp.com/api/webhooks/", 10, Path) { KeepsPrefix = true },
        new("webhook.office.com/webhookb2/", 10, Path) { KeepsPrefix = true }, new("api.telegram.org/bot", 10, SearchValues.Create(Alphanumeric + "-_:")) { KeepsPrefix = true },
    ];

    private static readonly Dictionary<int, KeyForm[]> ByStart =
        Forms.GroupBy(static form => Start(form.Prefix[0], form.Prefix[1])).ToDictionary(static group => group.Key, static group => group.ToArray());

    private static readonly bool[] Starts = ReadStarts();

    /// <summary>Whether a key can start with two characters.</summary>
    public static bool CanStartWith(char first, char second) => first < 128 && second < 128 && Starts[Start(first, second)];

    /// <summary>The range of the key at a position. Empty if there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">A position from <see cref="KeyCandidates"/>.</param>
    /// <param name="isCut">Whether the text's end is missing. A key at its end may then be shorter.</param>
    public static (int Start, int End) Find(ReadOnlySpan<char> text, int start, bool isCut)
    {
        if (text[start] == 'Q' && text[start + 1] == '~')
        {
            return Entra(text, start);
        }

        if (text[start..].StartsWith(JwtPrefix))
        {
            return Jwt(text, start, isCut);
        }

        if (!ByStart.TryGetValue(Start(text[start], text[start + 1]), out var forms))
        {
            return default;
        }

        foreach (var form in forms)
        {
            if (text[start..].StartsWith(form.Prefix))
            {
                var from = start + form.Prefix.Length;
                var end = EndOfRun(text, from, form.Characters);
                var key = text[from..end];
                if ((isCut && end == text.Length)
                    || (key.Length >= form.MinLength && (!form.Exactly || key.Length == form.MinLength) && LooksRandom(key, form)))
                {
                    return (form.KeepsPrefix ? from : start, TrimEnd(text, from, end));
                }
            }
        }

        return default;
    }

    /// <summary>The end of the characters of a set that start at a position.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int start, SearchValues<char> characters)
    {
        var length = text[start..].IndexOfAnyExcept(characters);
        return length < 0 ? text.Length : start + length;
    }

    private static int Start(char first, char second) => (first << 7) | second;

    private static bool[] ReadStarts()
    {
        var starts = new bool[128 * 128];
        foreach (var start in ByStart.Keys.Append(Start('Q', '~')).Append(Start(JwtPrefix[0], JwtPrefix[1])))
        {
            starts[start] = true;
        }

        return starts;
    }

    private static (int Start, int End) Jwt(ReadOnlySpan<char> text, int start, bool isCut)
    {
        var end = EndOfRun(text, start, Word);
        var length = end - start;
        var parts = 1;
        while (length >= MinJwtPart && end + 1 < text.Length && text[end] == '.')
        {
            var next = EndOfRun(text, end + 1, Word);
            if (parts == 1 && next - end - 1 < MinJwtPart && !(isCut && next == text.Length))
            {
                break;
            }

            parts++;
            end = next;
        }

        return parts > 1 || (isCut && end == text.Length) ? (start, end) : default;
    }

    // abc8Q~...: three characters, a digit, the mark, and 31 to 34 characters.
    private static (int Start, int End) Entra(ReadOnlySpan<char> text, int mark)
    {
        var start = mark - EntraMark;
        if (start < 0 || !char.IsAsciiDigit(text[mark - 1]) || text[start..mark].ContainsAnyExcept(Parts) || (start > 0 && Parts.Contains(text[start - 1])))
        {
            return default;
        }

        var end = EndOfRun(text, mark, Parts);
        return end - start >= EntraLength ? (start, end) : default;
    }

    // A full stop at the end belongs to the sentence.
    private static int TrimEnd(ReadOnlySpan<char> text, int start, int end) => start + text[start..end].TrimEnd('.').Length;

    // Words joined by hyphens have neither long runs nor digits.
    private static bool LooksRandom(ReadOnlySpan<char> key, KeyForm form)
    {
        var digits = 0;
        var run = 0;
        var longest = 0;
        foreach (var character in key)
        {
            digits += char.IsAsciiDigit(character) ? 1 : 0;
            run = character is '-' or '_' ? 0 : run + 1;
            longest = Math.Max(longest, run);
        }

        return longest >= form.MinRun || (form.MayHaveHyphens && digits >= 2 && longest >= 6);
    }

    private sealed record KeyForm(string Prefix, int MinLength, SearchValues<char> Characters)
    {
        /// <summary>Whether exactly the minimum number of characters follows.</summary>
        public bool Exactly { get; init; }

        /// <summary>How many characters without a hyphen or underscore it has, if ordinary words can have the prefix.</summary>
        public int MinRun { get; init; }

        /// <summary>Whether digits can take the place of <see cref="MinRun"/>.</summary>
        public bool MayHaveHyphens { get; init; }

        /// <summary>Whether the prefix is not part of the secret.</summary>
        public bool KeepsPrefix { get; init; }
    }
}
