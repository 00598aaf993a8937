namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds telephone numbers: in international form (E.164) with a known country code and its number of digits; in the national forms of North
/// America and of countries whose numbers start with 0, by their groups; and other numbers of 7 to 15 digits beside a word such as "phone".
/// </summary>
internal static class PhoneScanner
{
    private const int MinDigits = 7;
    private const int MaxDigits = 15;
    private const int MaxGroups = 8;

    // In which form a number is written with confidence; a word beside it changes that.
    private const double International = 0.95;
    private const double Prefixed = 0.8;
    private const double TrunkPrefix = 0.75;
    private const double Stated = 0.85;
    private const double ContradictedBy = 0.4;

    public static void Find(ReadOnlySpan<char> text, ReadOnlySpan<char> label, ref List<PersonalDataMatch>? found)
    {
        Span<byte> digits = stackalloc byte[MaxDigits + 2];
        Span<Group> groups = stackalloc Group[MaxGroups];
        for (var start = 0; start < text.Length;)
        {
            if (!NumberText.IsDigit(text[start]) && text[start] is not ('+' or '\uFF0B' or '(' or '\\' or '%'))
            {
                start++;
                continue;
            }

            var plus = LengthOfPlus(text, start);
            var first = start + plus;
            first += plus > 0 && first < text.Length && text[first] == ' ' ? 1 : 0;
            first += first < text.Length && text[first] == '(' ? 1 : 0;
            var match = default(PersonalDataMatch);
            if (NumberText.IsDigitAt(text, first) && Starts(text, start, plus > 0))
            {
                var number = new Number(text, first, plus > 0, digits, groups);
                match = number.Match(start, label);
            }

            if (match.End > 0)
            {
                (found ??= []).Add(match);
                start = match.End;
                continue;
            }

            // No number starts within a group.
            start = Math.Max(start + 1, first);
            while (start < text.Length && NumberText.IsDigit(text[start]))
            {
                start++;
            }
        }
    }

    // "+", of full width too, and its forms in JSON and in addresses.
    private static int LengthOfPlus(ReadOnlySpan<char> text, int start) => text[start] switch
    {
        '+' or '\uFF0B' => 1,
        '\\' when text[start..].StartsWith("\\u002B", StringComparison.OrdinalIgnoreCase) => 6,
        '%' when text[start..].StartsWith("%2B", StringComparison.OrdinalIgnoreCase) => 3,
        _ => 0,
    };

    // Not in a word, an identifier, a decimal number or an amount of money.
    private static bool Starts(ReadOnlySpan<char> text, int start, bool hasPlus)
    {
        if (start == 0)
        {
            return true;
        }

        if (!NumberText.StartsWord(text, start))
        {
            return false;
        }

        var isAfterWord = NumberText.IsWordAt(text, start - 2);
        return text[start - 1] switch
        {
            '-' or '.' or '/' or '\\' or '\u2011' or '@' or '~' => hasPlus || !isAfterWord,
            ',' or ':' or '\'' => !NumberText.IsDigitAt(text, start - 2),
            '#' or '$' or '€' or '£' or '¥' or '+' or '±' or '*' => false,
            _ => true,
        };
    }

    private readonly record struct Group(int Length, int Count, int End, char Separator);

    /// <summary>The groups of digits that follow each other with the separators of numbers.</summary>
    private readonly ref struct Number
    {
        private readonly ReadOnlySpan<char> _text;
        private readonly ReadOnlySpan<byte> _digits;
        private readonly ReadOnlySpan<Group> _groups;
        private readonly bool _hasPlus;

        // Whether there are more digits than a number has.
        private readonly bool _isLonger;

        public Number(ReadOnlySpan<char> text, int first, bool hasPlus, Span<byte> digits, Span<Group> groups)
        {
            _text = text;
            _hasPlus = hasPlus;
            var (count, group, index, separator) = (0, 0, first, '\0');
            while (true)
            {
                var start = index;
                while (index < text.Length && NumberText.DigitValue(text[index]) is >= 0 and var value)
                {
                    if (count == digits.Length)
                    {
                        _isLonger = true;
                        break;
                    }

                    digits[count++] = (byte)value;
                    index++;
                }

                if (_isLonger)
                {
                    break;
                }

                groups[group++] = new(index - start, count, index, separator);
                var gap = LengthOfGap(text, index, canBeDash: group == 1 && (hasPlus || digits[0] == 0), out separator);
                if (gap == 0)
                {
                    break;
                }

                if (group == groups.Length)
                {
                    _isLonger = true;
                    break;
                }

                index += gap;
            }

            _digits = digits[..count];
            _groups = groups[..group];
        }

        /// <summary>The number that the groups start with. The default value if there is none.</summary>
        public PersonalDataMatch Match(int start, ReadOnlySpan<char> label)
        {
            if (_groups.IsEmpty)
            {
                return default;
            }

            var (last, confidence) = _hasPlus ? ReadInternational(0, International) : ReadNational(start);
            if (!_hasPlus && confidence < Stated)
            {
                var stated = ReadAny();
                var context = stated < 0 && last < 0 ? ContextWords.Context.None : ContextWords.Of(_text, start, label);
                if (context == ContextWords.Context.Phone || (context == ContextWords.Context.None && IsFollowedByPhone(last, stated)))
                {
                    (last, confidence) = last >= 0 ? (last, Stated) : (stated, Stated);
                }
                else if (context != ContextWords.Context.None)
                {
                    confidence -= ContradictedBy;
                }
            }
            else if (!_hasPlus && last >= 0 && ContextWords.Of(_text, start, label) is ContextWords.Context.Other or ContextWords.Context.Version)
            {
                confidence -= ContradictedBy;
            }

            return last < 0 || confidence <= 0 ? default : new(start, _groups[last].End, PersonalDataKind.Phone, confidence);
        }

        // ") ", " (", "-", " / ", ...: up to three characters before a digit.
        private static int LengthOfGap(ReadOnlySpan<char> text, int start, bool canBeDash, out char separator)
        {
            separator = '\0';
            var index = start;
            while (index < text.Length && index - start < 3 && !NumberText.IsDigit(text[index]))
            {
                var character = text[index] switch
                {
                    '(' or ')' => '(',
                    '.' or '/' => text[index],
                    _ when NumberText.IsSpace(text[index]) => ' ',
                    _ when NumberText.IsHyphen(text[index]) => '-',
                    _ => '\0',
                };

                if (character == '\0' || (character != ' ' && character != '(' && separator is not ('\0' or ' ' or '(')))
                {
                    return 0;
                }

                separator = separator == '(' || (character == ' ' && separator != '\0') ? separator : character;
                index++;
            }

            // Spaces around a hyphen make it a dash, except after a prefix, and a full stop before one ends a sentence.
            var length = index - start;
            var isNumber = NumberText.IsDigitAt(text, index) && length > 0 && (length == 1 || separator is '(' or '/' || (separator == '-' && canBeDash));
            return isNumber ? length : 0;
        }

        private (int Last, double Confidence) ReadNational(int start)
        {
            // Digits before it make it part of a longer number.
            var isContinued = start > 1 && NumberText.IsSpace(_text[start - 1]) && NumberText.IsDigit(_text[start - 2]);
            if (isContinued && _digits[0] == 0)
            {
                return (-1, 0);
            }

            if (_digits is [0, 0, not 0, ..])
            {
                return ReadInternational(2, _groups.Length > 1 ? Prefixed : TrunkPrefix);
            }

            var american = ReadAmerican();
            return american.Last >= 0 ? american
                : _digits[0] == 0 ? ReadWithTrunkPrefix()
                : ReadWithAreaInBrackets(start);
        }

        // The longest one with a number of digits that the country has.
        private (int Last, double Confidence) ReadInternational(int skipped, double confidence)
        {
            var (code, minimum, maximum) = CallingCodes.Of(_digits[skipped..]);
            if (code == 0 || (code == 1 && _digits[skipped] == 1 && _digits.Length > skipped + 1 && _digits[skipped + 1] < 2))
            {
                return (-1, 0);
            }

            var (last, trunk) = (-1, 0);
            for (var group = 0; group < _groups.Length; group++)
            {
                // +49 (0)30 ...
                if (group > 0 && _groups[group] is { Separator: '(' } && _groups[group - 1].Count == skipped + code && _digits[_groups[group - 1].Count] == 0)
                {
                    trunk = 1;
                }

                var national = _groups[group].Count - skipped - code - trunk;
                if (national >= minimum && national <= maximum && Ends(group))
                {
                    last = group;
                }
            }

            return (last, last < 0 ? 0 : confidence);
        }

        // (415) 555-0123
        private (int Last, double Confidence) ReadAmerican()
        {
            var first = _groups is [{ Length: 1 }, ..] && _digits[0] == 1 ? 1 : 0;
            if (_groups.Length < first + 3 || _groups[first].Length != 3 || _groups[first + 1].Length != 3 || _groups[first + 2].Length != 4 || !Ends(first + 2))
            {
                return (-1, 0);
            }

            var area = _digits[first..];
            var exchange = _digits[(first + 3)..];
            if (area[0] < 2 || exchange[0] < 2 || (area[1] == 1 && area[2] == 1))
            {
                return (-1, 0);
            }

            var (one, other) = (_groups[first + 1].Separator, _groups[first + 2].Separator);
            var confidence = one == '(' ? 0.9
                : one != other ? 0.75
                : one == '-' ? 0.85
                : one == '.' ? 0.8
                : 0.6;
            return (first + 2, first == 1 ? Math.Max(confidence, 0.75) : confidence);
        }

        // 030 23125001, 01 99 00 12 34, 07700 900123
        private (int Last, double Confidence) ReadWithTrunkPrefix()
        {
            if (_digits is not [0, not 0, ..] || _groups.Length < 2 || _groups[0].Length is < 2 or > 5)
            {
                return (-1, 0);
            }

            var last = -1;
            for (var group = 1; group < _groups.Length && group < 5 && _groups[group].Length > 1; group++)
            {
                if (_groups[group].Count is >= 9 and <= 12 && Ends(group))
                {
                    last = group;
                }
            }

            // More pairs are a list of small numbers, and groups of three after full stops are those of an amount.
            var isList = last >= 0 && IsPairs(last) && last + 1 < _groups.Length;
            return last < 0 || isList || (_groups[1].Separator == '.' && !IsPairs(last)) ? (-1, 0) : (last, TrunkPrefix);
        }

        // (11) 5555-0166
        private (int Last, double Confidence) ReadWithAreaInBrackets(int start)
        {
            if (_text[start] != '(' || _groups is not [{ Length: 2 or 3 }, { Separator: '(', Length: 3 or 4 }, { Length: 3 or 4 }, ..])
            {
                return (-1, 0);
            }

            return _groups[2].Count is >= 8 and <= 11 && Ends(2) ? (2, TrunkPrefix) : (-1, 0);
        }

        private bool IsPairs(int last)
        {
            foreach (var group in _groups[..(last + 1)])
            {
                if (group.Length != 2)
                {
                    return false;
                }
            }

            return true;
        }

        // What is a number only if a word says so.
        private int ReadAny()
        {
            var last = -1;
            for (var group = 0; group < _groups.Length; group++)
            {
                if (_groups[group].Count is >= MinDigits and <= MaxDigits && Ends(group))
                {
                    last = group;
                }
            }

            return last < 0 || IsDate(last) || IsAmount(last) || EndsWithZeros(last) ? -1 : last;
        }

        private bool IsFollowedByPhone(int last, int stated) => Math.Max(last, stated) is >= 0 and var group && ContextWords.IsPhoneAfter(_text, _groups[group].End);

        private bool IsDate(int last) => (_groups[..(last + 1)] switch
        {
            [{ Length: 4 }, { Length: 1 or 2, Separator: not ' ' }, { Length: 1 or 2 }, ..] => true,
            [{ Length: 1 or 2 }, { Length: 1 or 2, Separator: not ' ' }, { Length: 4 }] => true,
            [{ Length: 8 or 12 or 14 }] => _digits is [1, 9, ..] or [2, 0, ..],
            _ => false,
        });

        // 12 345 000
        private bool IsAmount(int last)
        {
            var groups = _groups[..(last + 1)];
            foreach (var group in groups[1..])
            {
                if (group.Length != 3)
                {
                    return false;
                }
            }

            return groups.Length > 1 && groups[0].Length <= 3 && _digits[(groups[^1].Count - 3)..groups[^1].Count] is [0, 0, 0];
        }

        // Round numbers are counts.
        private bool EndsWithZeros(int last)
        {
            const int Zeros = 5;
            var digits = _digits[..Math.Min(_digits.Length, _groups[last].Count)];
            return !digits[^Zeros..].ContainsAnyExcept((byte)0);
        }

        // Whether the number can end with a group: neither an identifier, a decimal number nor an amount goes on.
        private bool Ends(int group)
        {
            var end = _groups[group].End;
            if (end >= _text.Length)
            {
                return true;
            }

            var next = _text[end];
            var isExtension = next is 'x' or 'X' && NumberText.IsDigitAt(_text, end + 1);
            if (NumberText.IsWord(next) && !isExtension)
            {
                return false;
            }

            if (NumberText.IsHyphen(next) || next is '.' or ',' or ':' or '/' or '\'')
            {
                return !(next is '-' ? NumberText.IsWordAt(_text, end + 1) : NumberText.IsDigitAt(_text, end + 1));
            }

            return !(_isLonger && group == _groups.Length - 1) && !IsFollowedByUnit(end);
        }

        private bool IsFollowedByUnit(int end)
        {
            var index = end;
            while (index < _text.Length && NumberText.IsSpace(_text[index]))
            {
                index++;
            }

            return index < _text.Length
                && (_text[index] is '€' or '$' or '£' or '¥' or '%' or '°' or '×' || ContextWords.IsUnit(_text, index));
        }
    }
}
