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

    private static readonly SearchValues<char> Separators = SearchValues.Create(":=");

    // Each separator is one of these characters, and each trigger has one.
    private static readonly SearchValues<char> Signs = SearchValues.Create(":= @-<%");

    private static readonly SearchValues<char> ElementName = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.:");
    private static readonly SearchValues<char> EndOfQueryValue = SearchValues.Create("&#\"'<>`\\ \t\r\n");
    private static readonly SearchValues<char> EndOfWord = SearchValues.Create("&;\"'<>`\\ \t\r\n");
    private static readonly SearchValues<char> EndOfLine = SearchValues.Create("\r\n\\");
    private static readonly SearchValues<char> EndOfConnectionValue = SearchValues.Create(";\"'\r\n\\");
    private static readonly SearchValues<char> EndOfAuthority = SearchValues.Create("/?#\"'<>`\\ \t\r\n");

    // Names of query parameters that are secrets only there.
    private static readonly WordSet QueryNames = new(
        "sig signature key code auth hmac appid ticket assertion samlresponse skey session sessionid sid pw passw verifier codeverifier oauthverifier authcode state_token lic");

    private readonly ReadOnlySpan<char> _text = text;

    private List<(int Start, int End, Quote? Quotes)>? _found;

    // The string value of a property such as "name", and the value of a property "value" before it, if that is not redacted.
    private (int Start, int End) _pairName = (-1, -1);
    private (int Start, int End, Quote? Quotes) _pairValue = (-1, -1, null);

    /// <summary>Whether a text may have a secret. Most texts do not, and this is cheap.</summary>
    public static bool IsSuspicious(ReadOnlySpan<char> text, bool isCut) =>
        (text.ContainsAny(Signs) && (text.ContainsAny(Separators) || Triggers.Next(text, 0) >= 0)) || new KeyCandidates(text, isCut).MoveNext();

    /// <summary>The text without secrets. Null if it has none.</summary>
    public string? Run()
    {
        var keys = new KeyCandidates(_text, isCut);
        var key = keys.MoveNext() ? keys.Current : End;
        var separator = NextSeparator(0);
        var trigger = NextTrigger(0);
        while (Math.Min(key, Math.Min(separator, trigger)) is var at and not End)
        {
            var next = at == key ? ReadKey(at) : at == trigger ? ReadTrigger(at) : ReadNamed(at);
            next = Math.Max(next, at == key ? at : at + 1);
            while (key <= at || key < next)
            {
                key = keys.MoveNext() ? keys.Current : End;
            }

            // A key that starts where a separator or trigger stands does not hide it.
            separator = separator < next ? NextSeparator(next) : separator;
            trigger = trigger < next ? NextTrigger(next) : trigger;
        }

        return _found is null ? null : Build(_found);
    }

    private readonly int NextSeparator(int position)
    {
        var next = position < _text.Length ? _text[position..].IndexOfAny(Separators) : -1;
        return next < 0 ? End : position + next;
    }

    private readonly int NextTrigger(int position) => position < _text.Length && Triggers.Next(_text, position) is var next and >= 0 ? next : End;

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
        return end > start ? Redact(start, end) : at;
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
            '-' => ReadOption(at),
            '<' => ReadElement(at),
            '%' => ReadEncoded(at),
            _ => at + 1,
        };
    }

    // --password hunter2
    private int ReadOption(int at)
    {
        var start = at + 2;
        var end = KeyForms.EndOfRun(_text, start, KeyForms.Word);
        if (end == start || end - start > MaxNameLength || (at > 0 && _text[at - 1] is not (' ' or '"' or '\'' or '[' or '\n' or '\t')) || !names.Contains(_text[start..end]))
        {
            return Math.Max(end, start);
        }

        var value = end;
        while (value < _text.Length && _text[value] is ' ' or '"' or '\'' or ',')
        {
            value++;
        }

        return value == end || value == _text.Length || _text[value] is '-' or '<' or '$' ? end : Redact(value, EndOf(value, EndOfWord));
    }

    // <Password>hunter2</Password>
    private int ReadElement(int at)
    {
        var start = at + 2;
        var end = KeyForms.EndOfRun(_text, start, ElementName);
        if (end == start || end - start > MaxNameLength || !names.Contains(_text[start..end]))
        {
            return Math.Max(end, start);
        }

        var limit = Math.Max(0, at - MaxLineLength);
        var content = _text[limit..at].LastIndexOf('>');
        if (content >= 0 && _text[(limit + content)..at].IndexOf('<') < 0)
        {
            Redact(limit + content + 1, at);
        }

        return end;
    }

    // A query within a query: sig%3Dabc%26
    private int ReadEncoded(int at)
    {
        var start = at;
        while (start > 0 && at - start < MaxNameLength && (char.IsAsciiLetterOrDigit(_text[start - 1]) || _text[start - 1] is '_' or '-'))
        {
            start--;
        }

        if (start > 0 && _text[start - 1] == '%' && at - start > 2)
        {
            start += 2;
        }

        var name = _text[start..at];
        if (name.IsEmpty || !(names.Contains(name) || IsQueryName(name)))
        {
            return at + 3;
        }

        var end = EndOf(at + 3, EndOfQueryValue);
        var next = _text[(at + 3)..end].IndexOf("%26");
        return Redact(at + 3, next < 0 ? end : at + 3 + next);
    }

    private int ReadNamed(int at)
    {
        if (_text[at] == ':' && AuthorityStart(at) is var authority and > 0)
        {
            return ReadUserInfo(at, authority);
        }

        var end = at;
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

        return _text[at] == '=' ? ReadAssigned(at, start, end, before) : ReadLabelled(at, start, end, before);
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
        var isPairName = NamedPair.IsName(name);
        var isPairValue = NamedPair.IsValue(name);
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
            if (quotes is null && to - from <= MaxNameLength)
            {
                _pairName = (from, to);
                if (_pairValue.Start >= 0 && IsNear(_pairValue.End, start) && IsSecretName(_text[from..to]))
                {
                    Redact(_pairValue.Start, _pairValue.End, _pairValue.Quotes);
                }
            }

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
        if (at + 1 >= _text.Length || _text[at + 1] is '=' or '>' or '~')
        {
            return at + 2;
        }

        var isEscapedAmpersand = before == ';' && start >= 5 && _text[..start].EndsWith("&amp;");
        var isQuery = before is '?' or '&' or '#' || isEscapedAmpersand;
        var isConnection = before == ';' && !isEscapedAmpersand;
        var name = _text[start..end];
        var isSecret = names.Contains(name) || (isQuery && IsQueryName(name)) || (isConnection && name.Equals("key", StringComparison.OrdinalIgnoreCase));
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
            return at + 1;
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

        if (Quote.TryReadAt(_text, value, out var opening))
        {
            var content = value + opening.Length;
            return content < _text.Length ? Redact(content, opening.FindEnd(_text, content)) : content;
        }

        if (IsPlaceholder(value, isConnection))
        {
            return at + 1;
        }

        if (_text[value] == '{' && _text[value..Math.Min(_text.Length, value + MaxLineLength)].IndexOf('}') is var brace and > 0)
        {
            return Redact(value, value + brace + 1);
        }

        var isSpaced = value > at + 1 && !isConnection;
        if (isSpaced)
        {
            return ReadSpaced(at, value, start);
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

    // LoginRequest { User = bob, Password = hunter2 }, or a line of a settings file.
    private int ReadSpaced(int at, int value, int start)
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

        if (name.Length is >= 8 and <= 10 && !name.ContainsAnyExceptInRange('0', '9'))
        {
            // The token of a Telegram bot.
            var run = KeyForms.EndOfRun(_text, at + 1, KeyForms.Word);
            return run - at == 36 ? Redact(start, run) : at + 1;
        }

        if (!names.Contains(name))
        {
            return at + 1;
        }

        var value = at + 1;
        while (value < _text.Length && _text[value] is ' ' or '\t')
        {
            value++;
        }

        if (value == _text.Length || IsPlaceholder(value, isConnection: false))
        {
            return at + 1;
        }

        if (Quote.TryReadAt(_text, value, out var opening))
        {
            var content = value + opening.Length;
            return content < _text.Length ? Redact(content, opening.FindEnd(_text, content)) : content;
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

        var word = _text[value..EndOf(value, EndOfWord)].TrimEnd(",.)]}");
        if (name.Contains("authorization", StringComparison.OrdinalIgnoreCase) && word.Length < line.Length && line[word.Length] == ' ')
        {
            var second = value + word.Length + 1;
            var credentials = _text[second..EndOf(second, EndOfWord)].TrimEnd(",.)]}");
            if (!LooksLikeSecret(credentials) && credentials.Length < 16)
            {
                return at + 1;
            }

            // Several parameters, as in Digest and AWS4-HMAC-SHA256.
            var isList = line[(word.Length + 1)..].TrimEnd('=').Contains('=');
            return Redact(second, isList ? value + line.Length : second + credentials.Length);
        }

        var isHeader = name.Contains('-') && word.Length == line.Length;
        return isHeader || LooksLikeSecret(word) ? Redact(value, value + word.Length) : at + 1;
    }

    // user:password@ of an address.
    private int ReadUserInfo(int colon, int start)
    {
        var limit = Math.Min(_text.Length, start + MaxUserInfoLength);
        var stop = _text[start..limit].IndexOfAny(EndOfAuthority);
        var end = stop < 0 ? limit : start + stop;
        var at = _text[start..end].LastIndexOf('@');
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
        var length = rest.StartsWith("//") ? 2 : rest.StartsWith("\\/\\/") ? 4 : 0;
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
