using System.Buffers;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// The forms of keys: a prefix that stands at the start of a word, and how many characters of which kind follow it. JSON Web Tokens, client
/// secrets of Microsoft Entra, tokens of Discord's bots, and keys that have their mark inside have forms of their own.
/// </summary>
internal static class KeyForms
{
    private const string JwtPrefix = "eyJ";
    private const int MinJwtPart = 10;

    // How much of a key decides whether it is one.
    private const int MaxExamined = 512;

    // Where a client secret of Microsoft Entra has its mark, and how long it is.
    private const int EntraMark = 4;
    private const int EntraLength = 37;

    /// <summary>The length of the shortest key with its mark inside. It stands at the start of a run of its characters, or after a slash.</summary>
    public const int MinMarkedLength = 32;

    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The characters of most keys and of base64url.</summary>
    public static readonly SearchValues<char> Word = SearchValues.Create(Alphanumeric + "-_");

    /// <summary>The characters of tokens that consist of several parts.</summary>
    public static readonly SearchValues<char> Parts = SearchValues.Create(Alphanumeric + "-_.~");

    /// <summary>The characters of base64 in any form, and of bearer tokens.</summary>
    public static readonly SearchValues<char> Base64 = SearchValues.Create(Alphanumeric + "-_.~+/=");

    // The same without signs, and the characters of keys with their mark inside.
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphanumeric);
    private static readonly SearchValues<char> Marked = SearchValues.Create(Alphanumeric + "-_+");
    private static readonly SearchValues<char> MarkedBase64 = SearchValues.Create(Alphanumeric + "-_+/");

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    private static readonly SearchValues<char> Upper = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> UpperWord = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-");

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
        new("tgp_v1_", 20, Word), new("pa-", 40, Word) { MinRun = 16, IsMixed = true }, new("esecret_", 20, Word) { MinRun = 20 }, new("rpa_", 32, Word) { MinRun = 32 }, new("e2b_", 32, Word) { MinRun = 32 },
        new("bb_live_", 20, Word) { MinRun = 12 }, new("bb_test_", 20, Word) { MinRun = 12 }, new("m0-", 32, Word) { MinRun = 32 }, new("app-", 24, Letters) { Exactly = true, IsMixed = true },
        new("key_", 40, Word) { MinRun = 40 }, new("crsr_", 32, Word) { MinRun = 32 }, new("wandb_v1_", 40, Word), new("rf_", 20, Letters) { MinRun = 20, IsMixed = true },
        new("as-", 22, Letters) { Exactly = true, IsMixed = true }, new("ak-", 22, Letters) { Exactly = true, IsMixed = true }, new("KGAT_", 32, Word) { MinRun = 32 }, new("n8n_api_", 32, Word) { MinRun = 16 },
        new("apify_api_", 20, Word) { MinRun = 20 }, new("vck_", 24, Word) { MinRun = 24 }, new("vcp_", 24, Word) { MinRun = 24 }, new("vci_", 24, Word) { MinRun = 24 }, new("vca_", 24, Word) { MinRun = 24 },
        new("vcr_", 24, Word) { MinRun = 24 }, new("vercel_blob_rw_", 16, Word), new("sdk-", 36, Word) { Exactly = true, MinRun = 12 }, new("lsm_", 40, Word) { MinRun = 32 },

        // Clouds.
        new("AKIA", 16, Upper) { Exactly = true }, new("ASIA", 16, Upper) { Exactly = true }, new("ABIA", 16, Upper) { Exactly = true }, new("ACCA", 16, Upper) { Exactly = true },
        new("AIza", 30, Word) { MinRun = 8 }, new("ya29.", 16, Parts), new("GOCSPX-", 16, Word), new("1//0", 24, Word), new("LTAI", 12, Word) { MinRun = 12 },
        new("dapi", 32, Word) { MinRun = 32 }, new("dop_v1_", 20, Word), new("doo_v1_", 20, Word), new("dor_v1_", 20, Word) { MinRun = 12 },
        new("fm2_", 20, Base64), new("fo1_", 20, Word) { MinRun = 16 }, new("pul-", 32, Word) { MinRun = 32 }, new("hvs.", 20, Word) { MinRun = 12 }, new("hvb.", 20, Word) { MinRun = 12 }, new("hvr.", 20, Word) { MinRun = 12 },
        new("v1.0-", 100, Word) { MinRun = 24 }, new("nfp_", 20, Word) { MinRun = 16 }, new("rnd_", 20, Word) { MinRun = 16 }, new("sbp_", 20, Word) { MinRun = 16 }, new("sb_secret_", 16, Word),
        new("pscale_tkn_", 20, Parts), new("pscale_pw_", 20, Parts), new("pscale_oauth_", 20, Parts), new("HRKU-", 20, Word) { MinRun = 6 }, new("dt0c01.", 20, Parts), new("dt0s01.", 20, Parts),
        new("AGE-SECRET-KEY-1", 20, Upper), new("AQ.Ab", 40, Word), new("IQoJb3JpZ2lu", 40, Base64), new("FwoGZXIvYXdz", 40, Base64), new("GOOG1E", 20, Upper), new("cfut_", 32, Word) { MinRun = 16 },
        new("cfat_", 32, Word) { MinRun = 16 }, new("cfk_", 32, Word) { MinRun = 16 }, new("dose", 32, Word) { MinRun = 32, IsHexadecimal = true }, new("dkea", 32, Word) { MinRun = 32, IsHexadecimal = true },
        new("s.", 24, Letters) { Exactly = true, IsMixed = true }, new("tskey-", 16, Word), new("FlyV1 ", 20, Base64), new("AKID", 32, Letters) { Exactly = true }, new("AQVN", 35, Word) { MinRun = 12 },
        new("y0_", 50, Word) { MinRun = 12 }, new("t1.9eu", 80, Base64), new("tk-us-", 40, Word) { MinRun = 12 }, new("napi_", 40, Word) { MinRun = 40 }, new("sha256~", 40, Word), new("4b1d", 38, Letters) { Exactly = true },
        new("dp.pt.", 40, Letters), new("dp.st.", 40, Parts), new("dp.ct.", 40, Letters), new("dp.sa.", 40, Letters), new("dp.scim.", 40, Letters), new("dp.audit.", 40, Letters), new("xprv", 100, Letters),
        new("SU", 56, Upper) { Exactly = true }, new("SA", 56, Upper) { Exactly = true }, new("SO", 56, Upper) { Exactly = true }, new("A3-", 28, UpperWord) { MinRun = 5, MinDigits = 1 },
        new("amzn.mws.", 32, Word), new("v1.local.", 40, Base64), new("v2.local.", 40, Base64), new("v3.local.", 40, Base64), new("v4.local.", 40, Base64), new("v1.public.", 40, Base64),
        new("v2.public.", 40, Base64), new("v3.public.", 40, Base64), new("v4.public.", 40, Base64), new("MDAx", 60, Base64) { MinRun = 40 }, new("dnkey-", 40, Word) { MinRun = 12 }, new("00", 40, Word) { Exactly = true, IsMixed = true },

        // Source code and packages.
        new("ghp_", 20, Word), new("gho_", 20, Word), new("ghu_", 20, Word), new("ghs_", 20, Word), new("ghr_", 20, Word), new("github_pat_", 20, Word),
        new("glpat-", 16, Parts), new("gldt-", 16, Word) { MinRun = 12 }, new("glrt-", 16, Parts), new("glcbt-", 16, Word), new("glptt-", 16, Word) { MinRun = 12 }, new("glft-", 16, Word) { MinRun = 12 },
        new("glsoat-", 16, Word), new("gloas-", 16, Word), new("glagent-", 16, Word), new("glimt-", 16, Word), new("ATATT3", 20, Base64), new("ATCTT3", 20, Base64),
        new("ATBB", 24, Word) { MinRun = 16 }, new("npm_", 30, Word) { MinRun = 30 }, new("pypi-", 32, Word) { MinRun = 24 }, new("dckr_pat_", 16, Word), new("dckr_oat_", 16, Word), new("rubygems_", 32, Word) { MinRun = 16 },
        new("glffct-", 16, Word), new("glwt-", 16, Word), new("GR1348941", 16, Word), new("cio", 32, Letters) { Exactly = true, IsMixed = true }, new("cmVmdGtu", 40, Letters), new("squ_", 32, Word) { MinRun = 32 },
        new("sqp_", 32, Word) { MinRun = 32 }, new("sqa_", 32, Word) { MinRun = 32 }, new("CCIPAT_", 40, Word), new("CCIPRJ_", 40, Word), new("bkua_", 32, Word) { MinRun = 32 }, new("API-", 26, Upper) { Exactly = true, MinDigits = 2 },
        new("slk_", 40, Word) { MinRun = 32 }, new("pnu_", 32, Word) { MinRun = 32 }, new("pnb_", 32, Word) { MinRun = 32 }, new("rdme_", 60, Word) { MinRun = 60 }, new("fio-u-", 40, Word) { MinRun = 12 },
        new("ddp_", 32, Word) { MinRun = 32 }, new("ddo_", 32, Word) { MinRun = 32 }, new("dbtc_", 32, Word) { MinRun = 12 }, new("dbtu_", 32, Word) { MinRun = 12 }, new("tr_prod_", 20, Word) { MinRun = 16 },
        new("tr_dev_", 20, Word) { MinRun = 16 }, new("tr_stg_", 20, Word) { MinRun = 16 }, new("tr_pat_", 20, Word) { MinRun = 16 }, new("signkey-", 32, Word) { MinRun = 32 }, new("ico-", 32, Letters) { Exactly = true },
        new("pat.", 60, Parts) { MinRun = 16 }, new("oy2", 43, Word) { MinRun = 43 }, new("sgp_", 32, Word) { MinRun = 16 }, new("CLOJARS_", 32, Word), new("AKCp", 32, Word) { MinRun = 20 },

        // Messages, payments, monitoring.
        new("xoxb-", 10, Word), new("xoxp-", 10, Word), new("xoxa-", 10, Word), new("xoxr-", 10, Word), new("xoxs-", 10, Word), new("xoxe-", 10, Word), new("xoxe.", 10, Parts),
        new("xoxc-", 10, Word), new("xoxd-", 10, SearchValues.Create(Alphanumeric + "-_.~+/=%")), new("xapp-", 10, Word), new("xwfp-", 10, Word), new("SG.", 32, Parts), new("key-", 32, Word) { MinRun = 32 },
        new("xkeysib-", 20, Word), new("xsmtpsib-", 20, Word), new("re_", 20, Word) { MinRun = 16 }, new("sk_live_", 8, Word), new("sk_test_", 8, Word), new("rk_live_", 8, Word),
        new("rk_test_", 8, Word), new("whsec_", 12, Base64), new("sq0atp-", 16, Word), new("sq0csp-", 16, Word), new("shpat_", 20, Word), new("shpss_", 20, Word),
        new("shpca_", 20, Word), new("shppa_", 20, Word), new("shippo_live_", 20, Word) { MinRun = 12 }, new("duffel_live_", 20, Word) { MinRun = 12 }, new("NRAK-", 20, Word) { MinRun = 12 }, new("NRII-", 20, Word) { MinRun = 12 },
        new("glsa_", 20, Word) { MinRun = 16 }, new("glc_", 20, Base64) { MinRun = 16 }, new("sntrys_", 20, Base64), new("sntryu_", 20, Word) { MinRun = 16 }, new("phx_", 20, Word) { MinRun = 16 }, new("lin_api_", 20, Word) { MinRun = 16 },
        new("secret_", 40, Word) { MinRun = 32 }, new("ntn_", 32, Word) { MinRun = 16 }, new("figd_", 20, Word) { MinRun = 16 }, new("PMAK-", 20, Word), new("CFPAT-", 20, Word), new("EZAK", 40, Word) { MinRun = 20 },
        new("SK", 32, Hexadecimal) { Exactly = true }, new("shpua_", 20, Word), new("shprka_", 20, Word), new("lin_oauth_", 32, Word), new("lin_wh_", 20, Word), new("hcaik_", 32, Word), new("hcaic_", 32, Word),
        new("hcxik_", 32, Word), new("hcxic_", 32, Word), new("hcamk_", 32, Word), new("pat", 60, Parts) { DotAt = 14 }, new("EZTK", 40, Word) { MinRun = 20 }, new("shippo_test_", 20, Word) { MinRun = 12 },
        new("duffel_test_", 20, Word) { MinRun = 12 }, new("EAA", 60, Word) { MinRun = 12, IsMixed = true }, new("IGQ", 100, Word) { MinRun = 40 }, new("IGAA", 100, Word) { MinRun = 40 }, new("access-production-", 32, Word),
        new("access-development-", 32, Word), new("access-sandbox-", 32, Word), new("FLWSECK-", 32, Word), new("FLWSECK_TEST-", 32, Word), new("sl.", 60, Parts) { MinRun = 16, IsMixed = true },
        new("AAAAAAAAAAAAAAAAAAAAA", 60, SearchValues.Create(Alphanumeric + "-_%")) { IsMixed = true }, new("tfp_", 40, Word) { MinRun = 12 }, new("nyk_v0_", 32, Word), new("mlsn.", 32, Word), new("secret-live-", 32, Base64),
        new("secret-test-", 32, Base64), new("cal_live_", 20, Word) { MinRun = 20 }, new("polar_", 40, Word) { MinRun = 20 }, new("pdl_live_", 20, Word) { MinRun = 20 }, new("pdl_sdbx_", 20, Word) { MinRun = 20 },
        new("aio_", 28, Letters) { Exactly = true }, new("phs_", 32, Word) { MinRun = 16 }, new("mfa.", 60, Word) { MinRun = 12 },
        new("pat-na1-", 20, Word) { MinRun = 6 }, new("pat-eu1-", 20, Word) { MinRun = 6 }, new("ops_eyJ", 40, Word),

        new("PuTTY-User-Key-File-", 1, SearchValues.Create(Enumerable.Range(0, 128).Select(static code => (char)code).ToArray())),

        // Addresses that are secrets themselves.
        new("hooks.slack.com/services/", 10, Path) { KeepsPrefix = true }, new("hooks.slack.com/workflows/", 10, Path) { KeepsPrefix = true },
        new("hooks.zapier.com/hooks/", 10, Path) { KeepsPrefix = true }, new("hook.eu1.make.com/", 10, Path) { KeepsPrefix = true }, new("hook.us1.make.com/", 10, Path) { KeepsPrefix = true },
        new("discord.com/api/webhooks/", 10, Path) { KeepsPrefix = true }, new("discordapp.com/api/webhooks/", 10, Path) { KeepsPrefix = true },
        new("webhook.office.com/webhookb2/", 10, Path) { KeepsPrefix = true }, new("api.telegram.org/bot", 10, SearchValues.Create(Alphanumeric + "-_:")) { KeepsPrefix = true },
    ];

    // The base64 of the digits that a Discord token starts with.
    private static readonly string[] DiscordStarts = ["MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"];

    // The marks of keys that Azure issues, by the length of the key without its padding, and where they stand.
    private static readonly (int Length, int Position, string[] Marks)[] AzureMarks =
    [
        (43, 33, ["AIoT", "+ASb", "+AEh", "+ARm", "AzCa"]), (52, 42, ["AzSe", "+ACR"]), (54, 44, ["AzFu"]), (84, 52, ["JQQJ"]), (84, 76, ["AZDO"]), (86, 76, ["APIM", "ACDb", "+ASt", "+ABa", "+AMC"]),
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
            return Entra(text, start, isCut);
        }

        if (text[start..].StartsWith(JwtPrefix))
        {
            return Jwt(text, start, isCut);
        }

        if (ByStart.TryGetValue(Start(text[start], text[start + 1]), out var forms))
        {
            foreach (var form in forms)
            {
                if (text[start..].StartsWith(form.Prefix))
                {
                    var from = start + form.Prefix.Length;
                    var end = EndOfRun(text[..Math.Min(text.Length, from + MaxExamined)], from, form.Characters);
                    var key = text[from..end];
                    if ((isCut && end == text.Length)
                        || (key.Length >= form.MinLength && (!form.Exactly || (key.Length == form.MinLength && !IsLetterOrDigit(text, end))) && LooksRandom(key, form)))
                    {
                        return (form.KeepsPrefix ? from : start, TrimEnd(text, from, EndOfRun(text, from, form.Characters)));
                    }
                }
            }
        }

        return text[start] is 'M' or 'N' or 'O' && Discord(text, start) is { End: > 0 } token ? token : FindMarked(text, start);
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
        IEnumerable<string> others = [.. DiscordStarts, "Q~", JwtPrefix];
        foreach (var start in ByStart.Keys.Concat(others.Select(static other => Start(other[0], other[1]))))
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
    private static (int Start, int End) Entra(ReadOnlySpan<char> text, int mark, bool isCut)
    {
        var start = mark - EntraMark;
        if (start < 0 || !char.IsAsciiDigit(text[mark - 1]) || text[start..mark].ContainsAnyExcept(Parts) || (start > 0 && Parts.Contains(text[start - 1]) && !EndsWithEscape(text[..start])))
        {
            return default;
        }

        var end = EndOfRun(text, mark, Parts);
        return end - start >= EntraLength || (isCut && end == text.Length) ? (start, end) : default;
    }

    // "\n", "\u0022" or "%20".
    private static bool EndsWithEscape(ReadOnlySpan<char> text) =>
        text is [.., '\\', 'n' or 'r' or 't'] or [.., '\\', 'u', _, _, _, _] or [.., '%', _, _] or [.., '_'];

    // The id of the bot in base64, a time and a signature.
    private static (int Start, int End) Discord(ReadOnlySpan<char> text, int start)
    {
        var id = EndOfRun(text, start, Word);
        if (id - start is < 24 or > 28 || id == text.Length || text[id] != '.')
        {
            return default;
        }

        var time = EndOfRun(text, id + 1, Word);
        if (time - id != 7 || time == text.Length || text[time] != '.')
        {
            return default;
        }

        var end = EndOfRun(text, time + 1, Word);
        return end - time is >= 28 and <= 41 ? (start, end) : default;
    }

    // Keys without a prefix.
    private static (int Start, int End) FindMarked(ReadOnlySpan<char> text, int start)
    {
        // No longer than the longest such key, or too long by some characters.
        const int MaxLength = 96;
        var limited = text[..Math.Min(text.Length, start + MaxLength)];
        var end = EndOfRun(limited, start, Marked);
        if (IsMarked(text, start, end))
        {
            return (start, end);
        }

        if (end < text.Length && text[end] == '/')
        {
            end = EndOfRun(limited, end, MarkedBase64);
            return IsAzure(text[start..end]) || IsAsana(text, start, ref end) ? (start, end) : default;
        }

        // Terraform: its token follows the mark.
        return end - start == 14 && text[end..].StartsWith(".atlasv1.") ? (start, EndOfRun(text, end, Parts)) : default;
    }

    private static bool IsMarked(ReadOnlySpan<char> text, int start, int end)
    {
        var key = text[start..end];
        return key.Length switch
        {
            // Braintree: access_token$production$...$
            32 => start > 0 && text[start - 1] == '$' && text[Math.Max(0, start - 48)..start].IndexOf("access_token$") >= 0,
            // Mailchimp and Mailgun.
            36 or 37 => key[32..].StartsWith("-us") && IsHexadecimal(key[..32]),
            50 => key[32] == '-' && key[41] == '-' && IsHexadecimal(key[..32]) && IsHexadecimal(key[33..41]),
            // New Relic and MaxMind.
            40 => key.EndsWith("NRAL") || (key[6] == '_' && key.EndsWith("_mmk")),
            _ => IsAzure(key),
        };
    }

    private static bool IsAzure(ReadOnlySpan<char> key)
    {
        foreach (var (length, position, marks) in AzureMarks)
        {
            if (key.Length == length)
            {
                foreach (var mark in marks)
                {
                    if (key[position..].StartsWith(mark))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    // 2/1234567890123456/1234567890123456:0123456789abcdef...
    private static bool IsAsana(ReadOnlySpan<char> text, int start, ref int end)
    {
        var key = text[start..end];
        if (key.Length != 35 || key is not ['1' or '2', '/', ..] || key[18] != '/' || end == text.Length || text[end] != ':')
        {
            return false;
        }

        var last = EndOfRun(text, end + 1, Hexadecimal);
        var isToken = last - end == 33;
        end = isToken ? last : end;
        return isToken;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Hexadecimal);

    private static bool IsLetterOrDigit(ReadOnlySpan<char> text, int index) => index < text.Length && char.IsAsciiLetterOrDigit(text[index]);

    // A full stop at the end belongs to the sentence.
    private static int TrimEnd(ReadOnlySpan<char> text, int start, int end) => start + text[start..end].TrimEnd('.').Length;

    // Words joined by hyphens have neither long runs nor digits among their letters.
    private static bool LooksRandom(ReadOnlySpan<char> key, KeyForm form)
    {
        var (digits, small, capitals) = (0, 0, 0);
        var (run, digitsInRun, longest, hasMixedRun) = (0, 0, 0, false);
        foreach (var character in key)
        {
            var isDigit = char.IsAsciiDigit(character);
            digits += isDigit ? 1 : 0;
            small += char.IsAsciiLetterLower(character) ? 1 : 0;
            capitals += char.IsAsciiLetterUpper(character) ? 1 : 0;
            (run, digitsInRun) = character is '-' or '_' ? (0, 0) : (run + 1, digitsInRun + (isDigit ? 1 : 0));
            longest = Math.Max(longest, run);
            hasMixedRun |= run >= 6 && digitsInRun > 0 && digitsInRun < run;
        }

        var isMixed = digits >= 1 && small >= 2 && capitals >= 2;
        return (!form.IsMixed || isMixed)
            && digits >= form.MinDigits
            && (!form.IsHexadecimal || IsHexadecimal(key))
            && (form.DotAt == 0 || (key.Length > form.DotAt && key[form.DotAt] == '.'))
            && (longest >= form.MinRun || (isMixed && longest >= 6) || (form.MayHaveHyphens && digits >= 2 && hasMixedRun));
    }

    private sealed record KeyForm(string Prefix, int MinLength, SearchValues<char> Characters)
    {
        /// <summary>Whether exactly the minimum number of characters follows, and no letter or digit after them.</summary>
        public bool Exactly { get; init; }

        /// <summary>How many characters without a hyphen or underscore it has, if ordinary words can have the prefix.</summary>
        public int MinRun { get; init; }

        /// <summary>Whether it has small and capital letters and digits, if ordinary words can have the prefix.</summary>
        public bool IsMixed { get; init; }

        /// <summary>Whether all of it is hexadecimal.</summary>
        public bool IsHexadecimal { get; init; }

        /// <summary>How many digits it has at least.</summary>
        public int MinDigits { get; init; }

        /// <summary>Where it has a full stop. Zero if that is not known.</summary>
        public int DotAt { get; init; }

        /// <summary>Whether digits can take the place of <see cref="MinRun"/>.</summary>
        public bool MayHaveHyphens { get; init; }

        /// <summary>Whether the prefix is not part of the secret.</summary>
        public bool KeepsPrefix { get; init; }
    }
}
