using System.Text;
using System.Text.RegularExpressions;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Tests.Capture.Redaction;

/// <summary>The keys of providers and services are masked by their form alone. The samples are made from templates, so that none is a real key.</summary>
public sealed partial class KeyFormTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    // {a:20}: 20 letters and digits; l: small letters and digits; A: base32; h, H: hexadecimal; d: digits; w: base64url; b: base64; {u}: a UUID.
    private static readonly string[] Keys =
    [
        "sk-{a:20}T3BlbkFJ{a:20}",
        "sk-proj-{w:74}T3BlbkFJ{w:74}",
        "sk-svcacct-{w:58}T3BlbkFJ{w:58}",
        "sk-admin-{w:58}T3BlbkFJ{w:58}",
        "sk-ant-api03-{w:93}AA",
        "sk-ant-admin01-{w:93}AA",
        "sk-ant-oat01-{w:93}AA",
        "sk-ant-sid01-{w:86}AA",
        "AIza{w:35}",
        "AQ.Ab8RN6{w:44}",
        "ya29.a0AfB_{w:120}",
        "GOCSPX-{w:28}",
        "1//0{w:60}",
        "AKIA{A:16}",
        "ASIA{A:16}",
        "IQoJb3JpZ2luX2Vj{b:300}==",
        "FwoGZXIvYXdzE{b:300}=",
        "ABSKQmVkcm9ja0FQSUtleS{b:110}=",
        "{a:52}JQQJ99BBACYeBjF{a:17}",
        "{a:52}JQQJ99AKACYeBjFXJ3w3AAABACOG{a:4}",
        "{a:76}AZDO{a:4}",
        "{b:76}+ASt{a:5}g==",
        "{b:76}ACDb{a:5}Q==",
        "{b:33}+ASb{a:6}=",
        "{b:33}+AEh{a:6}=",
        "{b:33}AIoT{a:6}=",
        "{a:42}AzSeC{a:5}",
        "{w:44}AzFu{w:5}Q==",
        "{a:33}AzCaC{a:5}=",
        "{b:42}+ACR{a:6}",
        "{w:3}8Q~{w:34}",
        "{w:3}7Q~{w:31}",
        "ghp_{a:36}",
        "gho_{a:36}",
        "ghs_{a:36}",
        "ghr_{a:76}",
        "github_pat_{a:22}_{a:59}",
        "glpat-{w:20}",
        "glpat-{w:27}.01.{l:9}",
        "GR1348941{w:20}",
        "glrt-t1_{w:20}",
        "glffct-{w:20}",
        "glwt-{w:20}",
        "gloas-{h:64}",
        "xoxb-{d:12}-{d:13}-{a:24}",
        "xoxp-{d:12}-{d:12}-{d:12}-{h:32}",
        "xapp-1-A{A:10}-{d:13}-{h:64}",
        "xoxe.xoxp-1-{a:160}",
        "xoxd-{a:20}%2B{a:60}%3D",
        "sk_live_{a:24}",
        "sk_live_{a:99}",
        "rk_live_{a:24}",
        "whsec_{b:32}",
        "sk_org_live_{a:60}",
        "SK{h:32}",
        "SG.{w:22}.{w:43}",
        "key-{h:32}",
        "{h:32}-{h:8}-{h:8}",
        "{h:32}-us14",
        "npm_{a:36}",
        "pypi-AgEIcHlwaS5vcmc{w:80}",
        "oy2{l:43}",
        "rubygems_{h:48}",
        "cio{a:29}7aB",
        "dckr_pat_{w:27}",
        "hf_{a:34}",
        "api_org_{a:34}",
        "gsk_{a:52}",
        "xai-{a:80}",
        "r8_{a:37}",
        "pplx-{a:48}",
        "csk-{l:48}",
        "fw_{a:24}",
        "fw_3Z{a:22}",
        "tgp_v1_{w:43}",
        "sk-{h:32}",
        "sk-or-v1-{h:64}",
        "sk_{h:48}",
        "pa-{w:43}",
        "jina_{a:60}",
        "pcsk_{a:6}_{a:63}",
        "lsv2_pt_{h:32}_{h:10}",
        "sk-lf-{u}",
        "sk-helicone-{l:7}-{l:7}-{l:7}-{l:7}",
        "tvly-dev-{a:32}",
        "fc-{h:32}",
        "nvapi-{w:64}",
        "esecret_{a:26}",
        "rpa_{A:40}",
        "sk-{a:48}",
        "llx-{a:48}",
        "e2b_{h:40}",
        "bb_live_{w:27}",
        "m0-{a:40}",
        "app-{a:21}7aB",
        "key_{h:64}",
        "crsr_{h:64}",
        "vck_{a:56}",
        "vercel_blob_rw_{a:16}_{a:30}",
        "cfut_{a:48}",
        "cfat_{a:48}",
        "v1.0-{h:24}-{h:146}",
        "dop_v1_{h:64}",
        "dapi{h:32}",
        "dapi{h:32}-2",
        "dose{h:32}",
        "hvs.{w:95}",
        "hvb.AAAAAQ{w:150}",
        "s.{a:20}4aBc",
        "shpat_{h:32}",
        "shpua_{h:32}",
        "M{w:25}.{w:6}.{w:38}",
        "mfa.{w:84}",
        "ATATT3xFfGF0{w:180}={H:8}",
        "ATBB{a:28}{H:8}",
        "ATCTT3xFfGN0{w:180}={H:8}",
        "lin_api_{a:40}",
        "lin_oauth_{h:64}",
        "ntn_{d:11}{a:35}",
        "secret_{a:43}",
        "dp.pt.{a:43}",
        "dp.st.dev.{a:43}",
        "dp.sa.{a:43}",
        "sntrys_eyJpYXQiOjE3{b:80}=_{a:43}",
        "sntryu_{h:64}",
        "pscale_tkn_{w:43}",
        "pscale_pw_{w:43}",
        "sbp_{h:40}",
        "sb_secret_{w:22}_{a:8}",
        "tskey-auth-k{a:11}CNTRL-{a:32}",
        "tskey-api-k{a:11}CNTRL-{a:32}",
        "tskey-client-k{a:11}CNTRL-{a:32}",
        "ops_eyJ{w:300}",
        "A3-{A:6}-{A:6}-{A:5}-{A:5}-{A:5}-{A:5}",
        "{a:14}.atlasv1.{w:67}",
        "AGE-SECRET-KEY-1{A:58}",
        "NRAK-{A:27}",
        "{h:32}FFFFNRAL",
        "eu01xx{h:30}NRAL",
        "NRII-{w:32}",
        "glsa_{a:32}_{h:8}",
        "glc_eyJ{b:120}==",
        "dt0c01.{A:24}.{A:64}",
        "hcaik_{l:58}",
        "pat{a:14}.{h:64}",
        "2/{d:16}/{d:16}:{h:32}",
        "pat-na1-{u}",
        "pat-eu1-{u}",
        "figd_{w:40}",
        "PMAK-{h:24}-{h:34}",
        "CFPAT-{w:43}",
        "EZAK{a:54}",
        "EZTK{a:54}",
        "shippo_live_{h:40}",
        "shippo_test_{h:40}",
        "EAAA{w:60}",
        "sq0csp-{w:43}",
        "access-production-{u}",
        "duffel_live_{w:43}",
        "duffel_test_{w:43}",
        "FLWSECK-{h:32}-X",
        "EAACEdEose0cBA{a:120}",
        "EAA{a:170}",
        "AAAAAAAAAAAAAAAAAAAAA{w:46}%3D{w:40}",
        "sl.{w:138}",
        "sl.u.{w:200}",
        "AQVN{w:36}",
        "y0_{w:55}",
        "LTAI5t{a:18}",
        "AKID{a:32}",
        "HRKU-AA{w:58}",
        "FlyV1 fm2_{b:200}",
        "fo1_{w:43}",
        "rnd_{a:28}",
        "nfp_{a:36}",
        "pul-{h:40}",
        "tk-us-{w:48}",
        "ico-{a:32}",
        "CLOJARS_{l:60}",
        "AKCp{a:69}",
        "cmVmdGtu{a:56}",
        "squ_{h:40}",
        "sqp_{h:40}",
        "CCIPAT_{a:22}_{h:40}",
        "bkua_{h:40}",
        "API-{A:24}27",
        "pnu_{l:36}",
        "rdme_{l:70}",
        "sgp_{h:16}_{h:40}",
        "sgp_local_{h:40}",
        "fio-u-{w:64}",
        "tfp_{w:59}",
        "dnkey-{w:26}-{w:52}",
        "sha256~{w:43}",
        "sk.eyJ{w:87}.{w:22}",
        "{a:6}_{a:29}_mmk",
        "nyk_v0_{a:64}",
        "re_{a:8}_{a:24}",
        "xkeysib-{h:64}-{a:16}",
        "mlsn.{h:64}",
        "00{w:37}7aB",
        "secret-live-{w:36}=",
        "napi_{l:64}",
        "dbtc_{w:43}",
        "dbtu_{w:43}",
        "rf_{a:23}7aB",
        "tr_prod_{a:24}",
        "signkey-prod-{h:64}",
        "cal_live_{h:32}",
        "polar_pat_{w:43}",
        "pdl_live_apikey_{l:26}_{a:22}_{a:3}",
        "aio_{a:28}",
        "4b1d{a:38}",
        "KGAT_{h:32}",
        "ddp_{a:36}",
        "n8n_api_{h:80}",
        "sk-{w:43}",
        "wandb_v1_{w:77}",
        "as-{a:19}7aB",
        "sdk-{u}",
        "sgp_{a:64}",
        "phx_{a:43}",
        "phs_{a:43}",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi{w:60}.{w:43}",
        "v4.local.{w:120}",
        "v4.public.{w:150}",
        "MDAxY2xvY2F0aW9u{w:100}",
        "amzn.mws.{u}",
        "-----BEGIN EC PRIVATE KEY-----\n{b:64}\n{b:64}\n-----END EC PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{b:70}\n{b:70}\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{b:64}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{b:70}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{b:64}",
        "Braintree access_token$production$merchant16digits${h:32}",
        "pat.abcdefghijkl{a:10}.{h:24}.{a:20}",
    ];

    private static readonly string[] Contexts =
    [
        "{}", "The key is {} and that is it.", "key: {}.", "({})", "`{}`", "<{}>", "{\"note\":\"{}\"}", "{\"a\":\"{\\\"note\\\":\\\"{}\\\"}\"}", "a\\n{}\\nb", "密钥{}。", "use={};", "https://h/v1?x={}&y=1",
        "x%20{}%20y", "&quot;{}&quot;", "\\u0022{}\\u0022", "\u200b{}", "**{}**", "|{}|", "a/{}", "{} {}",
    ];

    private static readonly string[] Harmless =
    [
        "Merge branch 'feature/sk-1234-add-key-rotation' into main", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "pk_live_{a:99}", "chatcmpl-{a:29}", "asst_{a:24}", "file-{a:24}", "vs_{h:32}", "resp_{h:48}", "call_{a:24}", "toolu_01{a:22}",
        "srvtoolu_01{a:22}", "batch_{h:32}", "fp_{h:10}", "org-{a:24}", "commit {h:40}", "sha256:{h:64}", "sha512-{b:86}==", "{u}", "{h:32}", "00-{h:32}-{h:16}-01", "age1{l:58}", "0x{h:64}", "SHA256:{b:43} ada@host",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC{b:60} ada@host", "AROA{A:17}:session", "https://docs.google.com/document/d/{a:44}/edit", "https://github.com/o/r/commit/{h:40}", "/assets/app.{h:20}.js",
        "ask-questions-and-get-answers-2024", "desk-booking-system-v2-2024-11-05", "app-store-connect-2024-release-notes", "app-routing-module-component", "pa-dutch-country-tour-2024", "key_performance_indicators_2024",
        "aio_http_client_session_manager", "rf_classifier_feature_importances", "tr_production_database_migrations", "rpa_process_automation_workflow_v2", "sl.segmentation_mask_generator_for_images", "ddp_backend_nccl_find_unused",
        "v4.localization.strings.json", "ico-favicon-apple-touch-icon-precomposed", "s.substring(0, index).toLowerCase", "API-FIRST-DEVELOPMENT-GUIDE", "A3-paper-size-landscape-printing-2024", "A3-LANDSCAPE-PRINTING-GUIDE-EDITION",
        "ACGTTGCAACGTACGTTGCAACGTACGTAGCTAGCTAGCTAGCATCGATCG", "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQ", "SUMMARYOFTHEMEETING", "the_mailchimp_list_of_the_us14_region", "{h:32}-usage",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];

    private static readonly TextRedactor Redactor = new(new(new CaptureOptions()), new RedactedNames(RedactedNames.Defaults), suppressor: null, log: null);

    [Fact]
    public void More_than_two_hundred_keys_are_masked_by_their_form_wherever_they_stand()
    {
        Assert.True(Keys.Length > 200);
        var random = new Random(42);
        Assert.Empty(
            from template in Keys
            from context in Contexts
            let parts = new List<string>()
            let text = context.Replace("{}", Made(template, random, parts), StringComparison.Ordinal)
            let redacted = Redactor.Redact(text) ?? text
            where parts.Exists(part => IsSeen(part, redacted))
            select $"{text} => {redacted}");
    }

    [Fact]
    public void Ids_hashes_and_words_that_start_like_keys_stay_as_they_are()
    {
        var random = new Random(42);
        Assert.Empty(Harmless.Select(template => Made(template, random, [])).Where(static text => Redactor.Redact(text) is not null).Select(static text => $"{text} => {Redactor.Redact(text)}"));
    }

    private static string Made(string template, Random random, List<string> parts) => Part().Replace(template, match =>
    {
        var part = match.Value == "{u}"
            ? new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString()
            : Made(match.Value[1], int.Parse(match.Value.AsSpan(3, match.Length - 4), System.Globalization.CultureInfo.InvariantCulture), random);
        parts.Add(part);
        return part;
    });

    private static string Made(char kind, int length, Random random)
    {
        var capitals = Letters.ToUpperInvariant();
        var characters = kind switch
        {
            'a' => Letters + capitals + Digits,
            'l' => Letters + Digits,
            'A' => capitals + "234567",
            'h' => Digits + "abcdef",
            'H' => Digits + "ABCDEF",
            'd' => Digits,
            'w' => Letters + capitals + Digits + Letters + capitals + Digits + "-_",
            _ => Letters + capitals + Digits + Letters + capitals + Digits + "+/",
        };
        var made = new StringBuilder();
        while (made.Length < length)
        {
            var next = characters[random.Next(characters.Length)];
            made.Append(made.Length == 0 || made.Length == length - 1 ? char.IsAsciiLetterOrDigit(next) ? next : 'x' : next);
        }

        return made.ToString();
    }

    // Any six characters in a row would help to guess the rest.
    private static bool IsSeen(string part, string text)
    {
        const int Window = 6;
        return part.Length >= Window && Enumerable.Range(0, part.Length - Window + 1).Any(start => text.Contains(part.AsSpan(start, Window), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\{(u|[alAhHdwb]:\d+)\}")]
    private static partial Regex Part();
}
