using System.Buffers;
using System.Text;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// One pass through a text, which finds the secrets in it: values whose names are redacted, and keys by their form. Linear in the text's
/// length: names are read backwards for a bounded number of characters, and what is read forwards is not read again.
/// </summary>
internal ref struct TextScan(ReadOnlySpan<char> text, RedactedNames names, bool isCut)
{
    private const int End = int.MaxValue;
    private const int MaxNameLength = 128;
    private const int MaxUserInfoLength = 512;
    private const int MaxPairDistance = 256;

    // How far a value without quotes is read before it is known where it ends.
    private const int MaxLineLength = 4096;

    // Words in a label, and how long each is: "my API key".
    private const int MaxLabelWords = 3;
    private const int MaxLabelLength = 64;

    // Shorter words after a name without a sign between them can be words of a sentence.
    private const int MinRandomLength = 20;

    // Shorter words at the end of a text that is cut say little about a secret.
    private const int MinCutLength = 8;

    // Shorter values of query parameters that can be anything, such as "code=DE".
    private const int MinQueryValue = 4;

    private static readonly SearchValues<char> Separators = SearchValues.Create(":=");

    // Each separator is one of these characters, and each trigger has one.
    private static readonly SearchValues<char> Signs = SearchValues.Create(":= @-<%&");

    // Quotation marks in HTML and in addresses.
    private static readonly string[] EncodedQuotes = ["&quot;", "&#34;", "&#x22;", "%22", "&#39;", "&#x27;", "&apos;", "%27"];

    // What can stand between a name and a long random word.
    private static readonly SearchValues<char> BeforeWord = SearchValues.Create(" \t\"'`(|>,-");

    private static readonly WordSet Verbs = new("is was are provided given");

    private static readonly SearchValues<char> ElementName = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.:");
    private static readonly SearchValues<char> EndOfQueryValue = SearchValues.Create("&#\"'<>`\\ \t\r\n");
    private static readonly SearchValues<char> EndOfWord = SearchValues.Create("&;\"'<>`\\ \t\r\n");
    private static readonly SearchValues<char> EndOfLine = SearchValues.Create("\r\n\\");
    private static readonly SearchValues<char> EndOfConnectionValue = SearchValues.Create(";\"'\r\n\\");
    private static readonly SearchValues<char> EndOfAuthority = SearchValues.Create("/?#\"'<>`\\ \t\r\n");

    // Names of query parameters that are secrets only there.
    private static readonly WordSet QueryNames = new(
        "sig signature key code auth hmac appid ticket assertion samlresponse skey session sessionid sid pw passw verifier codeverifier oauthverifier authcode state_token lic");

    // Those that are secrets only if their value is long and random.
    private static readonly WordSet RandomQueryNames = new("sign state hash invite");

    private readonly ReadOnlySpan<char> _text = text;

    private List<(int Start, int End, Quote? Quotes)>? _found;

    // The string value of a property such as "name", and the value of a property "value" before it, if that is not redacted.
    private (int Start, int End) _pairName = (-1, -1);
    private bool _isPairNameWeak;
    private (int Start, int End, Quote? Quotes) _pairValue = (-1, -1, null);

    /// <summary>Whether a text may have a secret. Most texts do not, and this is cheap.</summary>
    public static bool IsSuspicious(ReadOnlySpan<char> text, bool isCut) =>
        isCut
        || (text.ContainsAny(Signs) && (text.ContainsAny(Separators) || HasTrigger(text)))
        || text.ContainsAny('：', '＝')
        || new KeyCandidates(text, isCut).MoveNext();

    /// <summary>The text without secrets. Null if it has none.</summary>
    public string? Run() => Find() is { } found ? Build(found) : null;

    /// <summary>The ranges of the secrets, in any order. Null if there are none.</summary>
    public List<(int Start, int End, Quote? Quotes)>? Find()
    {
        Span<int> triggers = stackalloc int[Triggers.GroupCount];
        var keys = new KeyCandidates(_text, isCut);
        var key = keys.MoveNext() ? keys.Current : End;
        var separator = NextSeparator(0);
        var wide = NextWide(0);
        for (var group = 0; group < triggers.Length; group++)
        {
            triggers[group] = NextTrigger(0, group);
        }

        while (Math.Min(Math.Min(Math.Min(key, wide), Math.Min(separator, triggers[0])), Math.Min(triggers[1], triggers[2])) is var at and not End)
        {
            var next = at == key ? ReadKey(at) : triggers.Contains(at) ? ReadTrigger(at) : ReadNamed(at);
            next = Math.Max(next, at == key ? at : at + 1);
            while (key <= at || key < next)
            {
                key = keys.MoveNext() ? keys.Current : End;
            }

            // A key that starts where a separator or trigger stands does not hide it.
            separator = separator < next ? NextSeparator(next) : separator;
            wide = wide < next ? NextWide(next) : wide;
            for (var group = 0; group < triggers.Length; group++)
            {
                triggers[group] = triggers[group] < next ? NextTrigger(next, group) : triggers[group];
            }
        }

        if (isCut)
        {
            RedactLastWord();
        }

        return _found;
    }

    // A secret whose form is not known any more, because its end is missing.
    private void RedactLastWord()
    {
        var start = _text.Length;
        while (start > 0 && KeyForms.Base64.Contains(_text[start - 1]))
        {
            start--;
        }

        if (HasLettersAndDigits(_text[start..]) && _text.Length - start >= MinCutLength)
        {
            Redact(start, _text.Length);
        }
    }

    private readonly int NextSeparator(int position)
    {
        var next = position < _text.Length ? _text[position..].IndexOfAny(Separators) : -1;
        return next < 0 ? End : position + next;
    }

    // Signs of full width.
    private readonly int NextWide(int position)
    {
        var next = position < _text.Length ? _text[position..].IndexOfAny('：', '＝') : -1;
        return next < 0 ? End : position + next;
    }

    private readonly int NextTrigger(int position, int group) => position < _text.Length && Triggers.Next(_text, position, group) is var next and >= 0 ? next : End;

    private static bool HasTrigger(ReadOnlySpan<char> text)
    {
        for (var group = 0; group < Triggers.GroupCount; group++)
        {
            if (Triggers.Next(text, 0, group) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private readonly string Build(List<(int Start, int End, Quote? Quotes)> found)
    {
        found.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        var result = new StringBuilder(_text.Length);
        var written = 0;
        foreach (var (start, end, quotes) in found)
        {
            if (start < written)
            {
                continue;
            }

            result.Append(_text[written..start]);
            if (quotes is { } quote)
            {
                var mark = quote.IsEncoded
                    ? new string('\\', quote.Backslashes) + (quote.Character == '"' ? "u0022" : "u0027")
                    : new string('\\', quote.Backslashes) + quote.Character;
                result.Append(mark).Append(ValueCapture.Redacted).Append(mark);
            }
            else
            {
                result.Append(ValueCapture.Redacted);
            }

            written = end;
        }

        return result.Append(_text[written..]).ToString();
    }

    // Marks a range. Returns its end.
    private int Redact(int start, int end, Quote? quotes = null)
    {
        if (end > start && !_text[start..end].SequenceEqual(ValueCapture.Redacted))
        {
            (_found ??= []).Add((start, end, quotes));
        }

        return end;
    }

    private int ReadKey(int at)
    {
        var (start, end) = KeyForms.Find(_text, at, isCut);
        return end > start ? Redact(start, end) : ReadNameBefore(at);
    }

    // A long random word after a name, without a sign between them: "token abc...", "apiKey", "abc..." and <string name="apiKey">abc...
    private int ReadNameBefore(int at)
    {
        var end = at;
        while (end > 0 && at - end < 8 && BeforeWord.Contains(_text[end - 1]))
        {
            end--;
        }

        if (end == at || end == 0)
        {
            return at;
        }

        var wordEnd = KeyForms.EndOfRun(_text, at, KeyForms.Base64);
        return IsRandom(_text[at..wordEnd]) && EndsWithName(end) ? Redact(at, wordEnd) : at;
    }

    private static bool IsRandom(ReadOnlySpan<char> word) => word.Length >= MinRandomLength && HasLettersAndDigits(word);

    private static bool HasLettersAndDigits(ReadOnlySpan<char> word)
    {
        var (digits, letters) = (0, 0);
        foreach (var character in word)
        {
            digits += char.IsAsciiDigit(character) ? 1 : 0;
            letters += char.IsAsciiLetter(character) ? 1 : 0;
        }

        return digits >= 2 && letters >= 2;
    }

    // Whether the words before a position are the name of a secret: "API key", "the client secret is".
    private readonly bool EndsWithName(int end)
    {
        var last = StartOfWord(end);
        if (last > 0 && IsVerb(_text[last..end]))
        {
            end = last;
            while (end > 0 && _text[end - 1] == ' ')
            {
                end--;
            }

            last = StartOfWord(end);
        }

        if (last == end || !names.MayEndWith(_text[last..end]))
        {
            return false;
        }

        var first = last;
        for (var count = 1; count < MaxLabelWords && first > 1 && _text[first - 1] == ' '; count++)
        {
            first = StartOfWord(first - 1);
        }

        return names.EndsWith(_text[first..end].TrimStart());
    }

    private readonly int StartOfWord(int end)
    {
        var start = end;
        while (start > 0 && end - start < MaxLabelLength && (IsNamePart(_text[start - 1]) || char.GetUnicodeCategory(_text[start - 1]) == System.Globalization.UnicodeCategory.NonSpacingMark))
        {
            start--;
        }

        return start;
    }

    private static bool IsVerb(ReadOnlySpan<char> word)
    {
        Span<char> lower = stackalloc char[8];
        return word.Length <= lower.Length && Verbs.Contains(lower[..word.ToLowerInvariant(lower)]);
    }

    private int ReadTrigger(int at)
    {
        var (start, end) = Triggers.Find(_text, at, isCut);
        if (end > start)
        {
            return Redact(start, end);
        }

        return _text[at] switch
        {
            '-' or ' ' => ReadOption(at),
            '<' => ReadElement(at, "<", ">"),
            '&' => ReadElement(at, "&lt;", "&gt;"),
            '%' => ReadEncoded(at),
            'A' or 'a' or 'D' or 'd' => ReadPhrase(at),
            _ => at + 1,
        };
    }

    // --password hunter2, -Password hunter2, -u ada:hunter2
    private int ReadOption(int at)
    {
        // The text " --" has a trigger of its own.
        var isShort = _text[at] == ' ';
        var start = at + 2;
        if (isShort && (start >= _text.Length || !char.IsAsciiLetter(_text[start])))
        {
            return at + 1;
        }

        var end = KeyForms.EndOfRun(_text, start, KeyForms.Word);
        if (end == start || end - start > MaxNameLength || (!isShort && at > 0 && _text[at - 1] is not (' ' or '"' or '\'' or '[' or '\n' or '\t')))
        {
            return Math.Max(end, start);
        }

        var name = _text[start..end];
        if (isShort && name is ['p', _, _, _, ..] and not ("port" or "password" or "protocol") && IsCommand(at, "mysql"))
        {
            return Redact(start + 1, EndOf(start + 1, EndOfWord));
        }

        var value = end;
        while (value < _text.Length && _text[value] is ' ' or '"' or '\'' or ',')
        {
            value++;
        }

        if (value == end || value == _text.Length || _text[value] is '-' or '<' or '$')
        {
            return end;
        }

        if (name is "u" or "user")
        {
            var word = EndOf(value, EndOfWord);
            var colon = _text[value..word].IndexOf(':');
            return colon > 0 ? Redact(value + colon + 1, word) : end;
        }

        var isSecret = names.Contains(name)
            || (name is "p" && (IsCommand(at, "sshpass") || IsCommand(at, "login")))
            || (name is "a" && IsCommand(at, "redis-cli"))
            || (name is "pat" && !isShort);
        return isSecret ? Redact(value, EndOf(value, EndOfWord)) : end;
    }

    // Whether a command stands before its option.
    private readonly bool IsCommand(int option, string name) => _text[Math.Max(0, option - MaxNameLength)..option].LastIndexOf(name) is var start and >= 0
        && !_text[(Math.Max(0, option - MaxNameLength) + start)..option].ContainsAny(";|&\n");

    // PASSWORD 'hunter2', IDENTIFIED BY 'hunter2'
    private int ReadPhrase(int at)
    {
        var quote = at + _text[at..].IndexOfAny('\'', '"');
        var content = quote + 1;
        var length = _text[content..Math.Min(_text.Length, content + MaxNameLength)].IndexOf(_text[quote]);
        return length > 0 ? Redact(content, content + length) : content;
    }

    // <Password>hunter2</Password>, <Password><![CDATA[hunter2]]></Password>, <property name="password">hunter2</property>
    private int ReadElement(int at, string open, string close)
    {
        var start = at + open.Length + 1;
        var end = KeyForms.EndOfRun(_text, start, ElementName);
        if (end == start || end - start > MaxNameLength)
        {
            return Math.Max(end, start);
        }

        var element = _text[start..end];
        var isSecret = names.Contains(element);
        var isName = !isSecret && NamedPair.IsName(element);
        if (!isSecret && !isName && (_pairName.Start < 0 || at - _pairName.End > MaxPairDistance * 4))
        {
            return end;
        }

        var limit = Math.Max(0, at - MaxLineLength);
        var before = _text[limit..at];
        var last = at;
        int content;
        if (before.EndsWith("]]>"))
        {
            content = before.LastIndexOf("<![CDATA[") + "<![CDATA[".Length;
            content = content < "<![CDATA[".Length ? -1 : content;
            last = at - "]]>".Length;
        }
        else
        {
            content = before.LastIndexOf(close);
            content = content < 0 || before[content..].IndexOf(open) >= 0 ? -1 : content + close.Length;
        }

        if (content < 0)
        {
            return end;
        }

        content += limit;
        if (isSecret || (_pairName.Start >= 0 && IsTagBetween(_pairName.End, content, element) && IsSecretName(_text[_pairName.Start.._pairName.End])))
        {
            Redact(content, last);
        }
        else if (isName && last - content <= MaxNameLength)
        {
            _pairName = (content, last);
        }

        return end;
    }

    // Whether a name stands in the tag before a content, or in the element before it: <key>password</key><string>
    private readonly bool IsTagBetween(int name, int content, ReadOnlySpan<char> element)
    {
        if (content <= name || content - name > MaxPairDistance)
        {
            return false;
        }

        var between = _text[name..content];
        if (between.StartsWith("</key>") || between.StartsWith("</name>"))
        {
            between = between[6..];
        }
        else if (between.IndexOf('<') < 0)
        {
            return between.IndexOf('>') == between.Length - 1;
        }

        return between.IndexOf("</") < 0 && (NamedPair.IsValue(element) || element is "string");
    }

    // A query, an address or JSON within a query: sig%3Dabc%26, https%3A%2F%2Fada%3Ahunter2%40host, %22password%22%3A%22hunter2%22
    private int ReadEncoded(int at)
    {
        // "%253D" is encoded twice.
        var width = _text[at..].StartsWith("%25") ? 5 : 3;
        if (at + width > _text.Length)
        {
            return at + 1;
        }

        var isColon = _text[at + width - 1] is 'A' or 'a';
        if (!(isColon || _text[at + width - 1] is 'D' or 'd'))
        {
            return at + 1;
        }

        if (isColon && width == 3 && _text[(at + width)..].StartsWith("%2F%2F", StringComparison.OrdinalIgnoreCase))
        {
            return ReadEncodedUserInfo(at + width + 6);
        }

        if (width == 3 && ReadEncodedQuoted(at, at + width) is > 0 and var quoted)
        {
            return quoted;
        }

        var start = at;
        while (start > 0 && at - start < MaxNameLength && (char.IsAsciiLetterOrDigit(_text[start - 1]) || _text[start - 1] is '_' or '-'))
        {
            start--;
        }

        if (start > 0 && _text[start - 1] == '%' && at - start > width - 1)
        {
            start += width - 1;
        }

        var name = _text[start..at];
        if (name.IsEmpty || !(names.Contains(name) || (!isColon && IsQueryName(name))))
        {
            return at + width;
        }

        var end = EndOf(at + width, EndOfQueryValue);
        var next = _text[(at + width)..end].IndexOf(width == 5 ? "%2526" : "%26");
        return Redact(at + width, next < 0 ? end : at + width + next);
    }

    private int ReadEncodedUserInfo(int start)
    {
        if (start > _text.Length)
        {
            return _text.Length;
        }

        var limit = Math.Min(_text.Length, start + MaxUserInfoLength);
        var end = EndOf(start, EndOfQueryValue, limit);
        var slash = _text[start..end].IndexOf("%2F", StringComparison.OrdinalIgnoreCase);
        end = slash < 0 ? end : start + slash;
        var at = _text[start..end].LastIndexOf("%40");
        return at > 0 ? Redact(start, start + at) : start;
    }

    // {&quot;password&quot;:&quot;hunter2&quot;}. The end of the value, 0 if the name is no secret's.
    private int ReadEncodedQuoted(int nameEnd, int value)
    {
        var before = _text[Math.Max(0, nameEnd - MaxNameLength)..nameEnd];
        foreach (var mark in EncodedQuotes)
        {
            if (!before.EndsWith(mark))
            {
                continue;
            }

            var content = before[..^mark.Length];
            var open = content.LastIndexOf(mark);
            if (open < 0 || !IsSecretName(content[(open + mark.Length)..]))
            {
                return 0;
            }

            while (value < _text.Length && _text[value] is ' ' or '+')
            {
                value++;
            }

            if (!_text[value..].StartsWith(mark))
            {
                return 0;
            }

            value += mark.Length;
            var close = _text[value..].IndexOf(mark);
            return Redact(value, close < 0 ? _text.Length : value + close);
        }

        return 0;
    }

    private int ReadNamed(int at)
    {
        if (_text[at] == ':' && AuthorityStart(at) is var authority and > 0)
        {
            return ReadUserInfo(at, authority);
        }

        // "=>" and ":=" are one sign.
        var isArrow = _text[at] == '=' && at + 1 < _text.Length && _text[at + 1] == '>';
        var end = _text[at] == '=' && at > 0 && _text[at - 1] == ':' ? at - 1 : at;
        at += isArrow ? 1 : 0;
        while (end > 0 && at - end < 8 && _text[end - 1] is ' ' or '\t' or '\r' or '\n')
        {
            end--;
        }

        // dictionary["password"] = "hunter2"
        var closing = end > 1 && _text[end - 1] == ']' ? end - 1 : end;
        if (Quote.TryReadStringBefore(_text, closing, out var quote, out var content))
        {
            return ReadQuoted(at, content.Start.Value, content.End.Value, quote);
        }

        if (end > 0 && _text[end - 1] is ';' or '2' or '7' && ReadEncodedQuoted(end, at + 1) is > 0 and var encoded)
        {
            return encoded;
        }

        var start = end;
        while (start > 0 && end - start < MaxNameLength && IsNamePart(_text[start - 1]))
        {
            start--;
        }

        if (start == end)
        {
            return at + 1;
        }

        // An escape before the name, as in "\npassword" or "\u0026sig".
        var before = start > 0 ? _text[start - 1] : '\n';
        if (before == '\\')
        {
            if (_text[start] == 'u' && end - start > 5)
            {
                before = _text[(start + 1)..(start + 5)] is "0026" ? '&' : _text[(start + 1)..(start + 5)] is "003F" or "003f" ? '?' : '"';
                start += 5;
            }
            else if (_text[start] is 'n' or 'r' or 't' && end - start > 1)
            {
                before = '\n';
                start++;
            }
        }

        return _text[at] is '=' or '＝' or '>' ? ReadAssigned(at, start, end, before) : ReadLabelled(at, start, end, before);
    }

    // "password": "hunter2", at any depth of strings within strings, and cut off anywhere.
    private int ReadQuoted(int at, int start, int end, Quote quote)
    {
        var name = _text[start..end];
        var value = at + 1;
        while (value < _text.Length && _text[value] is ' ' or '\t' or '\r' or '\n')
        {
            value++;
        }

        if (value == _text.Length)
        {
            return value;
        }

        var isSecret = IsSecretName(name);
        var role = NamedPair.RoleOf(name);
        var isPairName = role is NamedPair.Role.Name or NamedPair.Role.WeakName;
        var isPairValue = role == NamedPair.Role.Value;
        if (!isSecret && !isPairName && !isPairValue)
        {
            return at + 1;
        }

        if (isPairValue && !isSecret)
        {
            isSecret = _pairName.Start >= 0 && IsNear(_pairName.End, start) && IsSecretName(_text[_pairName.Start.._pairName.End]);
        }

        // Reading objects and arrays ahead without redacting them would read nested ones again and again.
        if (!isSecret && _text[value] is '{' or '[')
        {
            return at + 1;
        }

        var (from, to, quotes, next) = ValueAt(value, quote);
        if (isPairValue && !isSecret)
        {
            _pairValue = (from, to, quotes);
            return at + 1;
        }

        if (isPairName && !isSecret)
        {
            if (quotes is null && to - from <= MaxNameLength && !(role == NamedPair.Role.WeakName && !_isPairNameWeak && _pairName.Start >= 0 && IsNear(_pairName.End, start)))
            {
                _pairName = (from, to);
                _isPairNameWeak = role == NamedPair.Role.WeakName;
                if (_pairValue.Start >= 0 && IsNear(_pairValue.End, start) && IsSecretName(_text[from..to]))
                {
                    Redact(_pairValue.Start, _pairValue.End, _pairValue.Quotes);
                }
            }

            return at + 1;
        }

        if (quotes is { } marks && _text[from] == '{' && JsonSchema.Describes(_text[from..to], marks))
        {
            return at + 1;
        }

        // True, false and null are no secrets.
        return to <= from || (quotes is not null && _text[from] is 't' or 'f' or 'n' or 'T' or 'F' or 'N') ? at + 1 : Math.Max(Redact(from, to, quotes), next);
    }

    // The range of a JSON value, the quotes that its mark needs, and where the text goes on.
    private readonly (int From, int To, Quote? Quotes, int Next) ValueAt(int value, Quote quote)
    {
        if (Quote.TryReadAt(_text, value, out var opening))
        {
            var content = value + opening.Length;
            var close = opening.FindEnd(_text, content);
            return (content, close, null, Math.Min(_text.Length, close + opening.Length));
        }

        if (_text[value] is '{' or '[')
        {
            var close = EndOfBrackets(value, quote);
            return (value, close, quote, close);
        }

        var end = value;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '-' or '+' or '.'))
        {
            end++;
        }

        return (value, end, quote, end);
    }

    private readonly int EndOfBrackets(int start, Quote quote)
    {
        var depth = 0;
        for (var index = start; index < _text.Length; index++)
        {
            switch (_text[index])
            {
                case '{' or '[':
                    depth++;
                    break;
                case '}' or ']' when --depth == 0:
                    return index + 1;
                case '"' or '\'' or '\\' when Quote.TryReadAt(_text, index, out var mark):
                    index += mark.Length - 1;
                    if (mark == quote)
                    {
                        index = Math.Min(_text.Length, mark.FindEnd(_text, index + 1) + mark.Length) - 1;
                    }

                    break;
                case '\\':
                    index += _text[index..].IndexOfAnyExcept('\\') is var run and >= 0 ? run - 1 : _text.Length;
                    break;
                default:
                    break;
            }
        }

        return _text.Length;
    }

    // password=hunter2 in queries, connection strings, forms, settings and logs.
    private int ReadAssigned(int at, int start, int end, char before)
    {
        if (at + 1 >= _text.Length || _text[at + 1] is '=' or '~')
        {
            return at + 2;
        }

        var isEscapedAmpersand = before == ';' && start >= 5 && _text[..start].EndsWith("&amp;");
        var isQuery = before is '?' or '&' or '#' or '~' || isEscapedAmpersand;
        var isConnection = before == ';' && !isEscapedAmpersand;
        var name = _text[start..end];
        var isSecret = names.Contains(name)
            || ((isQuery || start == 0 || before is '"' or '\'' or '\n') && IsQueryName(name) && IsQueryValue(at + 1, ref isQuery))
            || (isQuery && RandomQueryNames.Contains(name) && IsRandom(_text[(at + 1)..EndOf(at + 1, EndOfQueryValue, Math.Min(_text.Length, at + MaxUserInfoLength))])) || (isConnection && name.Equals("key", StringComparison.OrdinalIgnoreCase));
        if (before == ' ')
        {
            // "; Account Key=" has several words.
            var first = start;
            while (first > 0 && end - first < 48 && (IsNamePart(_text[first - 1]) || _text[first - 1] == ' '))
            {
                first--;
            }

            isConnection = first > 0 && _text[first - 1] == ';';
            isSecret = isSecret || ((first == 0 || isConnection) && names.Contains(_text[first..end]));
        }

        if (!isSecret)
        {
            return ReadAttribute(at, start, name);
        }

        var value = at + 1;
        while (value < _text.Length && _text[value] == ' ')
        {
            value++;
        }

        if (value == _text.Length)
        {
            return value;
        }

        value = SkipCases(value);
        if (Quote.TryReadAt(_text, value, out var opening))
        {
            var content = value + opening.Length;
            return content < _text.Length ? Redact(content, opening.FindEnd(_text, content)) : content;
        }

        // The arrow of a lambda.
        if (_text[at] == '>' || IsPlaceholder(value, isConnection))
        {
            return at + 1;
        }

        if (ClosingMark(_text[value]) is not '\0' and var mark && _text[(value + 1)..Math.Min(_text.Length, value + MaxLineLength)].IndexOf(mark) is > 0 and var length)
        {
            return Redact(value + 1, value + 1 + length);
        }

        if (_text[value] == '{' && _text[value..Math.Min(_text.Length, value + MaxLineLength)].IndexOf('}') is var brace and > 0)
        {
            return Redact(value, value + brace + 1);
        }

        var isSpaced = value > at + 1 && !isConnection;
        if (isSpaced)
        {
            return ReadSpaced(at, value, start, name);
        }

        if (isQuery)
        {
            return RedactTrimmed(value, EndOf(value, EndOfQueryValue));
        }

        var stop = EndOf(value, EndOfConnectionValue, Math.Min(_text.Length, value + MaxLineLength));
        if (isConnection || (stop < _text.Length && _text[stop] == ';' && _text[stop..Math.Min(_text.Length, stop + 64)].Contains('=')))
        {
            return Redact(value, stop);
        }

        var limit = Math.Min(_text.Length, value + MaxLineLength);
        var last = EndOf(value, EndOfWord, limit);
        var next = BeforeNextSetting(value, last);
        return RedactTrimmed(value, next == limit ? EndOf(value, EndOfWord) : next);
    }

    // The names of cases before a text, as F# writes unions: Password = Some (Secret "hunter2"). The position itself if no text follows.
    private readonly int SkipCases(int value)
    {
        var position = value;
        while (position < _text.Length && char.IsAsciiLetterUpper(_text[position]))
        {
            var end = KeyForms.EndOfRun(_text, position, KeyForms.Word);
            if (end - position > MaxLabelLength || end == _text.Length || _text[end] != ' ')
            {
                return value;
            }

            position = end + 1;
            position += position < _text.Length && _text[position] == '(' ? 1 : 0;
        }

        return position > value && Quote.TryReadAt(_text, position, out _) ? position : value;
    }

    // Whether the value of a parameter that can be anything is long enough to be a secret. A form's first parameter has no sign before it.
    private readonly bool IsQueryValue(int value, ref bool isQuery)
    {
        if (value >= _text.Length || _text[value] is ' ' or '"' or '\'')
        {
            return false;
        }

        var end = EndOf(value, EndOfQueryValue, Math.Min(_text.Length, value + MaxLineLength));
        isQuery |= end < _text.Length && _text[end] == '&' && StartsSetting(_text[(end + 1)..Math.Min(_text.Length, end + MaxNameLength)]);
        return isQuery && (end - value >= MinQueryValue || isCut);
    }

    // <add key="ApiKey" value="hunter2">, <input value="hunter2" type="password">
    private int ReadAttribute(int at, int start, ReadOnlySpan<char> name)
    {
        if (_text[at + 1] is not ('"' or '\'' or '\\'))
        {
            return at + 1;
        }

        var isType = name is "type";
        var role = NamedPair.RoleOf(name);
        var isName = isType || role is NamedPair.Role.Name or NamedPair.Role.WeakName;
        var isValue = name is "content" || role == NamedPair.Role.Value;
        if (!(isName || isValue) || !Quote.TryReadAt(_text, at + 1, out var opening))
        {
            return at + 1;
        }

        var content = at + 1 + opening.Length;
        var close = opening.FindEnd(_text, Math.Min(content, _text.Length));
        if (isValue)
        {
            if (_pairName.Start >= 0 && IsNearInTag(_pairName.End, start) && IsSecretName(_text[_pairName.Start.._pairName.End]))
            {
                return Redact(content, close);
            }

            _pairValue = (content, close, null);
        }
        else if (close - content <= MaxNameLength && (!isType || _text[content..close] is "password") && !(_pairName.Start >= 0 && IsNearInTag(_pairName.End, start) && IsSecretName(_text[_pairName.Start.._pairName.End])))
        {
            _pairName = (content, close);
            if (_pairValue.Start >= 0 && IsNearInTag(_pairValue.End, start) && IsSecretName(_text[content..close]))
            {
                Redact(_pairValue.Start, _pairValue.End);
            }
        }

        return at + 1;
    }

    private readonly bool IsNearInTag(int from, int to) => IsNear(from, to) && _text[from..to].IndexOfAny('<', '>') < 0;

    // LoginRequest { User = bob, Password = hunter2 }, or a line of a settings file.
    private int ReadSpaced(int at, int value, int start, ReadOnlySpan<char> name)
    {
        var before = start;
        while (before > 0 && _text[before - 1] == ' ')
        {
            before--;
        }

        var end = EndOf(value, EndOfLine, Math.Min(_text.Length, value + MaxLineLength));
        if (before > 0 && _text[before - 1] is '{' or ',' or '(')
        {
            var line = _text[value..end];
            var close = line.IndexOf(" }");
            close = close < 0 ? line.Length : close;
            for (var comma = line[..close].IndexOf(", "); comma >= 0;)
            {
                if (StartsSetting(line[(comma + 2)..close]))
                {
                    close = comma;
                    break;
                }

                var next = line[(comma + 2)..close].IndexOf(", ");
                comma = next < 0 ? -1 : comma + 2 + next;
            }

            return Redact(value, value + close);
        }

        var token = _text[value..end].TrimEnd();
        var isLine = before == 0 || _text[before - 1] is '\n' or '\r';
        if (token.EndsWith(";") && name.EndsWith(token[..^1], StringComparison.OrdinalIgnoreCase))
        {
            // this.token = token;
            return at + 1;
        }

        var word = _text[value..EndOf(value, EndOfWord, end)];
        if (IsRandom(word) && word.IndexOfAny('(', '.') < 0)
        {
            return Redact(value, value + word.Length);
        }

        return token.IndexOfAny(" (") < 0 && (isLine || LooksLikeSecret(token)) ? Redact(value, value + token.Length) : at + 1;
    }

    // Authorization: Bearer abc, X-Api-Key: abc, password: hunter2
    private int ReadLabelled(int at, int start, int end, char before)
    {
        var name = _text[start..end];
        if (at + 1 >= _text.Length || _text[at + 1] == ':')
        {
            return at + 2;
        }

        if (char.IsAsciiDigit(name[^1]))
        {
            // The token of a Telegram bot.
            var digits = name.LastIndexOfAnyExceptInRange('0', '9') + 1;
            var run = KeyForms.EndOfRun(_text, at + 1, KeyForms.Word);
            return name.Length - digits is >= 8 and <= 12 && (run - at == 36 || (isCut && run == _text.Length && run > at + 1)) ? Redact(start + digits, run) : at + 1;
        }

        var value = at + 1;
        while (value < _text.Length && _text[value] is ' ' or '\t')
        {
            value++;
        }

        var isSecret = names.Contains(name);
        if (!isSecret && name is "thin" && _text[..start].EndsWith("jdbc:oracle:"))
        {
            // scott/tiger@host
            var word = _text[value..EndOf(value, EndOfWord)];
            return word.IndexOf('/') is > 0 and var slash && word.LastIndexOf('@') is var host && host > slash ? Redact(value + slash + 1, value + host) : at + 1;
        }

        var isPhrase = !isSecret && EndsWithName(end);
        if (!isSecret && !isPhrase)
        {
            return ReadEntry(at, start, value, name);
        }

        if (value == _text.Length || IsPlaceholder(value, isConnection: false) || (before == ':' && IsResourceName(start)))
        {
            return at + 1;
        }

        if (_text[value] is '|' or '>' && ReadBlock(start, value) is > 0 and var block)
        {
            return block;
        }

        if (ClosingMark(_text[value]) is not '\0' and var mark && _text[(value + 1)..Math.Min(_text.Length, value + MaxLineLength)].IndexOf(mark) is > 0 and var length)
        {
            return isPhrase && !LooksLikeSecret(_text.Slice(value + 1, length)) ? at + 1 : Redact(value + 1, value + 1 + length);
        }

        if (Quote.TryReadAt(_text, value, out var opening))
        {
            var content = value + opening.Length;
            var close = content < _text.Length ? opening.FindEnd(_text, content) : content;
            return content == close || (isPhrase && !LooksLikeSecret(_text[content..close])) ? content : Redact(content, close);
        }

        var stop = EndOf(value, EndOfLine, Math.Min(_text.Length, value + MaxLineLength));
        if (before is '"' or '\'' && _text[value..stop].IndexOf(before) is var closing and >= 0)
        {
            stop = value + closing;
        }

        var line = _text[value..stop].TrimEnd();
        if (name.Contains("cookie", StringComparison.OrdinalIgnoreCase) && line.Contains('='))
        {
            return Redact(value, value + line.Length);
        }

        var first = _text[value..EndOf(value, EndOfWord)].TrimEnd(",.)]}，。、");
        if (name.Contains("authorization", StringComparison.OrdinalIgnoreCase) && first.Length < line.Length && line[first.Length] == ' ')
        {
            var second = value + first.Length + 1;
            var credentials = _text[second..EndOf(second, EndOfWord)].TrimEnd(",.)]}");

            // Several parameters, as in Digest and AWS4-HMAC-SHA256.
            var isList = line[(first.Length + 1)..].TrimEnd('=').Contains('=');
            if ((!isList && !LooksLikeSecret(credentials) && credentials.Length < 16) || IsPlaceholder(second, isConnection: false))
            {
                return at + 1;
            }

            return Redact(second, isList ? value + line.Length : second + credentials.Length);
        }

        var isHeader = !isPhrase && name.Contains('-') && first.Length == line.Length;
        return isHeader || LooksLikeSecret(first) ? Redact(value, value + first.Length) : at + 1;
    }

    // - name: DB_PASSWORD
    //   value: hunter2
    private int ReadEntry(int at, int start, int value, ReadOnlySpan<char> name)
    {
        var role = NamedPair.RoleOf(name);
        var isName = role is NamedPair.Role.Name or NamedPair.Role.WeakName;
        if (role == NamedPair.Role.None || value >= _text.Length)
        {
            return at + 1;
        }

        var end = EndOf(value, EndOfLine, Math.Min(_text.Length, value + MaxLineLength));
        var content = _text[value..end].Trim();
        if (isName)
        {
            _pairName = content.Length is > 0 and <= MaxNameLength ? (value, value + content.Length) : _pairName;
            return at + 1;
        }

        var isSecret = _pairName.Start >= 0
            && IsNear(_pairName.End, start)
            && _text[_pairName.End..start].ContainsAny('\r', '\n')
            && names.EndsWith(_text[_pairName.Start.._pairName.End].Trim("\"'"));
        return isSecret ? Redact(value, value + content.Length) : at + 1;
    }

    // password: |
    //   hunter2
    private int ReadBlock(int start, int value)
    {
        var line = _text[value..Math.Min(_text.Length, value + 4)].IndexOf('\n');
        if (line < 0 || _text.Slice(value, line).ContainsAnyExcept("|>+-\r"))
        {
            return 0;
        }

        var indent = start - (_text[Math.Max(0, start - MaxNameLength)..start].LastIndexOf('\n') is var before and >= 0 ? Math.Max(0, start - MaxNameLength) + before + 1 : Math.Max(0, start - MaxNameLength));
        var end = value + line + 1;
        var content = end;
        while (end < _text.Length)
        {
            var text = _text[end..].IndexOfAnyExcept(' ', '\r');
            if (text < 0 || (text <= indent && _text[end + text] != '\n'))
            {
                break;
            }

            var next = _text[(end + text)..].IndexOf('\n');
            end = next < 0 ? _text.Length : end + text + next + 1;
        }

        return end > content ? Redact(content, end) : 0;
    }

    // The last part of a name such as "arn:aws:secretsmanager:...:secret:name" is no secret.
    private readonly bool IsResourceName(int position)
    {
        var limit = Math.Max(0, position - MaxPairDistance);
        var word = _text[limit..position];
        return word[(word.LastIndexOfAny(EndOfWord) + 1)..].StartsWith("arn:");
    }

    // The mark that closes a text in marks other than " and '.
    private static char ClosingMark(char opening) => opening switch
    {
        '`' => '`',
        '“' or '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => '\0',
    };

    // user:password@ of an address.
    private int ReadUserInfo(int colon, int start)
    {
        var limit = Math.Min(_text.Length, start + MaxUserInfoLength);
        var stop = _text[start..limit].IndexOfAny(EndOfAuthority);
        var end = stop < 0 ? limit : start + stop;
        var at = _text[start..end].LastIndexOf('@');
        if (at <= 0 && isCut && end == _text.Length && _text[start..end].IndexOf(':') is > 0 and var cut && _text[(start + cut + 1)..end].ContainsAnyExceptInRange('0', '9'))
        {
            // The password, whose end is missing, or a part of it.
            return Redact(start, end);
        }

        if (at <= 0)
        {
            // A password that is not escaped can have a slash. A port cannot.
            var password = _text[start..end].IndexOf(':');
            if (password <= 0 || end == limit || _text[end] is not ('/' or '?' or '#') || !_text[(start + password + 1)..end].ContainsAnyExceptInRange('0', '9'))
            {
                return start;
            }

            var word = EndOf(start, EndOfWord, limit);
            at = _text[start..word].LastIndexOf('@');
            if (at <= 0)
            {
                return start;
            }
        }

        var info = _text.Slice(start, at);
        var scheme = start - 4 >= 0 ? _text[..colon] : [];
        var isWeb = scheme.EndsWith("http", StringComparison.OrdinalIgnoreCase) || scheme.EndsWith("https", StringComparison.OrdinalIgnoreCase)
            || scheme.EndsWith("ws", StringComparison.OrdinalIgnoreCase) || scheme.EndsWith("wss", StringComparison.OrdinalIgnoreCase);
        return info.Contains(':') || isWeb ? Redact(start, start + at) + 1 : start;
    }

    // The start of the authority after "://", also where slashes are escaped. 0 if there is none.
    private readonly int AuthorityStart(int colon)
    {
        var rest = _text[(colon + 1)..];
        var length = rest.StartsWith("//") ? 2 : rest.StartsWith("\\/\\/") ? 4 : rest.StartsWith("\\u002F\\u002F", StringComparison.OrdinalIgnoreCase) ? 12 : 0;
        return length > 0 && colon > 0 && char.IsAsciiLetterOrDigit(_text[colon - 1]) ? colon + 1 + length : 0;
    }

    private readonly int EndOf(int start, SearchValues<char> stops) => EndOf(start, stops, _text.Length);

    // A backslash ends a value only as part of an escape.
    private readonly int EndOf(int start, SearchValues<char> stops, int limit)
    {
        var position = start;
        while (position < limit)
        {
            var next = _text[position..limit].IndexOfAny(stops);
            if (next < 0)
            {
                return limit;
            }

            position += next;
            if (_text[position] != '\\' || (position + 1 < limit && _text[position + 1] is 'n' or 'r' or 't' or '"' or '\'' or 'u' or '\\'))
            {
                return position;
            }

            position++;
        }

        return limit;
    }

    private int RedactTrimmed(int start, int end) => Redact(start, start + _text[start..end].TrimEnd(".,;:!?)]}").Length);

    // host:6379,password=abc,ssl=True
    private readonly int BeforeNextSetting(int start, int end)
    {
        for (var index = start; index < end; index++)
        {
            if (_text[index] == ',' && StartsSetting(_text[(index + 1)..end]))
            {
                return index;
            }
        }

        return end;
    }

    private static bool StartsSetting(ReadOnlySpan<char> text)
    {
        var index = 0;
        while (index < text.Length && index < MaxNameLength && IsNamePart(text[index]))
        {
            index++;
        }

        return index > 0 && text[index..].TrimStart().StartsWith("=");
    }

    private static bool IsNamePart(char character) => char.IsLetterOrDigit(character)
        || character is '_' or '-' or '.'
        || (character > '\u007F' && !char.IsWhiteSpace(character) && !char.IsPunctuation(character));

    private readonly bool IsPlaceholder(int value, bool isConnection)
    {
        var rest = _text[value..Math.Min(_text.Length, value + 16)];
        return rest.StartsWith(ValueCapture.Redacted)
            || rest.StartsWith("<")
            || rest.StartsWith("${")
            || rest.StartsWith("$(")
            || rest.StartsWith("***")
            || rest.StartsWith("...")
            || rest.StartsWith("YOUR_")
            || rest.StartsWith("os.environ")
            || rest.StartsWith("process.env")
            || (rest is ['$', >= 'A' and <= 'Z', >= 'A' and <= 'Z', ..] && !isConnection)
            || rest.StartsWith("%s")
            || (!isConnection && rest.StartsWith("{"))
            || rest.StartsWith("null") || rest.StartsWith("true") || rest.StartsWith("false") || rest.StartsWith("True") || rest.StartsWith("False") || rest.StartsWith("None");
    }

    // A word that people do not write in a sentence.
    private static bool LooksLikeSecret(ReadOnlySpan<char> word)
    {
        if (word.Length < 4)
        {
            return false;
        }

        for (var index = 0; index < word.Length; index++)
        {
            if (char.IsAsciiDigit(word[index])
                || word[index] is '!' or '@' or '#' or '$' or '%' or '^' or '*' or '+' or '=' or '~'
                || (index > 0 && char.IsAsciiLetterUpper(word[index]) && char.IsAsciiLetterLower(word[index - 1])))
            {
                return true;
            }
        }

        return false;
    }

    private readonly bool IsNear(int from, int to) => to > from && to - from <= MaxPairDistance && _text[from..to].IndexOfAny('{', '}') < 0;

    private readonly bool IsSecretName(ReadOnlySpan<char> name) =>
        names.Contains(name) || (name.Contains('\\') && name.Length <= MaxNameLength && names.Contains(Unescaped(name)));

    // A name with escapes: "p\u0061ssword".
    private static string Unescaped(ReadOnlySpan<char> name)
    {
        var result = new StringBuilder(name.Length);
        for (var index = 0; index < name.Length; index++)
        {
            if (name[index] == '\\')
            {
                if (index + 6 <= name.Length && name[index + 1] == 'u' && ushort.TryParse(name.Slice(index + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code))
                {
                    result.Append((char)code);
                    index += 5;
                }

                continue;
            }

            result.Append(name[index]);
        }

        return result.ToString();
    }

    private static bool IsQueryName(ReadOnlySpan<char> name)
    {
        if (name.Length > 32)
        {
            return false;
        }

        Span<char> lower = stackalloc char[32];
        lower = lower[..name.ToLowerInvariant(lower)];
        return QueryNames.Contains(lower)
            || lower.EndsWith("signature") || lower.EndsWith("_sig") || lower.EndsWith("-sig") || lower.EndsWith("-key") || lower is "code_verifier" or "auth_code";
    }
}
