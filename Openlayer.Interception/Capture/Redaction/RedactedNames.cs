using System.Collections.Concurrent;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// Decides which names are redacted. A name matches a term if the term's letters stand between two borders of words in the name, so
/// <c>secret</c> matches <c>clientSecret</c> and <c>SECRET_VALUE</c>, but not <c>Secretary</c>. The plural matches as well. A word after the
/// term that only describes it, as in <c>passwordLength</c>, excludes the match. Thread-safe.
/// </summary>
internal sealed class RedactedNames
{
    /// <summary>The default terms.</summary>
    public static readonly string[] Defaults =
    [
        "password", "passwd", "passphrase", "passcode", "pass", "pwd", "passwort", "kennwort", "contraseña", "senha", "mot de passe", "пароль", "密码", "密碼", "口令", "パスワード", "暗証番号",
        "비밀번호", "wachtwoord", "lösenord", "hasło", "parola", "şifre", "adgangskode", "kodeord", "passord", "salasana", "heslo", "jelszó", "κωδικός πρόσβασης", "סיסמה", "كلمة المرور", "mật khẩu", "รหัสผ่าน", "पासवर्ड", "pw",
        "pin", "otp", "totp", "one time code", "verification code", "auth code", "recovery code", "backup code", "cvv", "cvc",
        "secret", "secret id", "credential", "private key", "secret key", "access key", "shared key", "account key", "api key", "app key", "application key", "auth key", "master key",
        "admin key", "function key", "functions key", "host key", "subscription key", "storage key", "service key", "license key", "instrumentation key",
        "signing key", "signature key", "encryption key", "decryption key", "hmac key", "session key", "ssh key", "pgp key", "gpg key", "deploy key", "webhook key", "jwt key", "jwk",
        "key vault key", "publish profile", "validation key", "fastly key", "jsessionid", "phpsessid",
        "token", "access token", "refresh token", "bearer token", "jwt", "bearer", "personal access token", "github pat", "gitlab pat", "azure devops pat",
        "auth", "authorization", "auth header", "client assertion",
        "cookie", "session cookie", "shared access signature", "sas", "connection string", "conn string", "conn str", "connect string", "seed phrase", "mnemonic phrase",
    ];

    // Of these, a longer word can be a compound: "dbpassword", "authtoken". The words that end so and mean something else are excluded.
    private const int MinCompoundLength = 5;
    private const int StackLimit = 256;
    private const int MaxKnown = 1_000;

    // Words after a term that describe the secret, as opposed to being it.
    private static readonly WordSet Descriptions = new(
        "about address age alg algorithm amount allowed at attempt attempts authority balance banner bucket budget buffer by changed class column complexity consent "
        + "contract cost count counter counts created date decimals delay description dialog digits dir directory disabled display distribution embedding embeddings enabled "
        + "endpoint error errors exists expired expires expiration expire expiry exp factory file folder form format found generator handler help hint holder holders "
        + "icon id identifier ids index invalid issued issuer kind label last latency layout left len length lifetime limit limiter limits location logprob "
        + "logprobs manager max maximum message meter method min minimum missing mode name names notice of offset offsets on option options path per permission placeholder "
        + "policies policy position price probability prompt property provider quota range rate reason remaining repository required requirement requirements "
        + "retries retry rotated rotation rule rules scope scopes screen service set settings since size source span spans speed standard state stats status store strength "
        + "supply symbol throughput time timeout timestamp title total ttl type types unit units until updated updater uri url usage used validator validity verified "
        + "version view vocab vocabulary weight window");

    // Words before "token" with which it is a piece of text, a position or a signal.
    private static readonly WordSet PlainTokens = new(
        "audio avg average begin bos cached cancellation cancel change completion concurrency context continuation count cursor delta end eos erc fill first generated image input "
        + "last lock mask max maximum min minimum ms native next nft num number output pad page pagination paging parse per predicted prev previous prompt reasoning sep skip special "
        + "start stop sync syntax text top total unk video vocab word lexer lexical");

    // Words before "pass" and "pin" with which they are not secret.
    private static readonly WordSet PlainPasses = new(
        "backward band boarding bus by day double first forward free front guest high low multi one optimizer parser pre render rendering season second shader single ski third two train travel");

    private static readonly WordSet PlainPins = new("clear drop gpio in input led map out output rotary tie unpin");

    // Words that end in the letters of a term.
    private static readonly WordSet PlainWords = new("betoken detoken nontoken subtoken multitoken maxtoken mintoken prompttoken completiontoken inputtoken outputtoken totaltoken nexttoken pagetoken "
        + "continuationtoken cancellationtoken stoptoken eostoken bostoken padtoken preauthorization reauthorization");

    // Names that start with one of these say whether there is a secret.
    private static readonly WordSet Questions = new("is has had requires require needs need allow allows show shows enable enables forgot can should must num");

    // By the last two letters, which decides most names with one look-up.
    private readonly Dictionary<int, Term[]> _terms;

    // Names of parameters and properties recur. The cache is bounded, because dictionary keys can be anything.
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private int _knownCount;

    /// <param name="terms">The terms. Case, separators and white space do not count.</param>
    public RedactedNames(IEnumerable<string> terms)
    {
        var defaults = Defaults.Select(Letters).ToHashSet(StringComparer.Ordinal);

        // A term without letters would match every name.
        _terms = terms.Select(Letters)
            .Where(static letters => letters.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Select(letters => new Term(letters, IsDefault: defaults.Contains(letters)))
            .GroupBy(static term => Ending(term.Letters))
            .ToDictionary(static group => group.Key, static group => group.ToArray());
    }

    public bool Contains(string name)
    {
        if (_known.TryGetValue(name, out var isKnown))
        {
            return isKnown;
        }

        var contains = Contains(name.AsSpan());
        if (name.Length <= StackLimit && Volatile.Read(ref _knownCount) < MaxKnown && _known.TryAdd(name, contains))
        {
            Interlocked.Increment(ref _knownCount);
        }

        return contains;
    }

    /// <summary>Decides without a cache, in time linear in the name's length.</summary>
    public bool Contains(ReadOnlySpan<char> name)
    {
        if (name.Length > StackLimit)
        {
            // What a name is called stands at its end.
            name = name[^StackLimit..];
        }

        // One word, as most names of elements and attributes are: only its end decides.
        if (!name.ContainsAnyExceptInRange('a', 'z') && !MayEndWith(name))
        {
            return false;
        }

        Span<char> letters = stackalloc char[name.Length * NameLetters.MaxGrowth];
        Span<bool> starts = stackalloc bool[name.Length * NameLetters.MaxGrowth];
        var words = NameLetters.Fold(name, letters, starts);
        for (var end = 2; end <= words.Length; end++)
        {
            if (words.IsBorder(end) && (EndsWithTerm(words, end) || (words.Letters[end - 1] == 's' && EndsWithTerm(words, end - 1, end))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <see cref="EndsWith"/> may be true, by the last two letters. This is cheap, and false for most names.</summary>
    public bool MayEndWith(ReadOnlySpan<char> name)
    {
        if (name.Length < 2 || !char.IsAsciiLetter(name[^1]) || !char.IsAsciiLetter(name[^2]))
        {
            return true;
        }

        return _terms.ContainsKey(LowerEnding(name)) || (name.Length > 2 && name[^1] is 's' or 'S' && _terms.ContainsKey(LowerEnding(name[..^1])));

        static int LowerEnding(ReadOnlySpan<char> name) => (char.ToLowerInvariant(name[^2]) << 16) | char.ToLowerInvariant(name[^1]);
    }

    /// <summary>Whether the last words of a name are a term: <c>getPassword</c> and <c>my API key</c>, but not <c>the password rules</c>.</summary>
    public bool EndsWith(ReadOnlySpan<char> name)
    {
        if (name.Length > StackLimit)
        {
            name = name[^StackLimit..];
        }

        Span<char> letters = stackalloc char[name.Length * NameLetters.MaxGrowth];
        Span<bool> starts = stackalloc bool[name.Length * NameLetters.MaxGrowth];
        var words = NameLetters.Fold(name, letters, starts);
        return words.Length > 1 && (EndsWithTerm(words, words.Length) || (words.Letters[^1] == 's' && EndsWithTerm(words, words.Length - 1, words.Length)));
    }

    /// <summary>Whether two names are equal, ignoring case and separators.</summary>
    public static bool AreEquivalent(string one, string other) => string.Equals(Letters(one), Letters(other), StringComparison.Ordinal);

    private static string Letters(string name)
    {
        if (name.Length > StackLimit)
        {
            name = name[..StackLimit];
        }

        Span<char> letters = stackalloc char[name.Length * NameLetters.MaxGrowth];
        Span<bool> starts = stackalloc bool[name.Length * NameLetters.MaxGrowth];
        return NameLetters.Fold(name, letters, starts).Letters.ToString();
    }

    private static int Ending(ReadOnlySpan<char> letters) => letters.Length == 1 ? letters[0] : (letters[^2] << 16) | letters[^1];

    private bool EndsWithTerm(NameLetters words, int end, int plural = 0)
    {
        if (end < 2 || !_terms.TryGetValue(Ending(words.Letters[..end]), out var terms))
        {
            return false;
        }

        foreach (var term in terms)
        {
            var start = end - term.Letters.Length;
            if (start >= 0
                && words.Letters[start..end].SequenceEqual(term.Letters)
                && (plural == 0 || term.HasPlural)
                && (words.IsBorder(start) || (term.IsCompound && !PlainWords.Contains(words.WordBefore(end))))
                && !IsPlain(words, term, start, Math.Max(end, plural)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPlain(NameLetters words, Term term, int start, int end)
    {
        if (Descriptions.Contains(words.WordAfter(end)) || (start > 0 && Questions.Contains(words.WordAfter(0))))
        {
            return true;
        }

        return term.IsDefault && term.Letters switch
        {
            "token" => PlainTokens.Contains(words.WordBefore(start)) || words.WordAfter(end) is "text" or "list" or "ring",

            // "pass" names a secret at the end of a name only: "passThrough" is none.
            "pass" => end < words.Length || PlainPasses.Contains(words.WordBefore(start)),
            // "auth" names a secret only by itself, as in the header "X-Auth", or with the kind of credentials.
            "auth" => end < words.Length || !(start == 0 || (start == 1 && words.Letters[0] == 'x') || words.WordBefore(start) is "basic" or "http" or "proxy" or "zumo" or "docker"),

            // "pw" is a word of its own.
            "pw" => end < words.Length,
            "pin" => PlainPins.Contains(words.WordBefore(start)),
            _ => false,
        };
    }

    private sealed record Term(string Letters, bool IsDefault)
    {
        public bool IsCompound => IsDefault && Letters.Length >= MinCompoundLength;

        // "tokens" are counted, and "pins" and "passes" are no secrets.
        public bool HasPlural => !IsDefault || Letters is not ("token" or "pass" or "pin" or "sas" or "pw");
    }
}
