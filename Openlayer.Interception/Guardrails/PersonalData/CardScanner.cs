namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds numbers of payment cards (ISO/IEC 7812): the first digits and the length of a known network, and a check digit (Luhn). Groups may
/// be separated by one space, hyphen or full stop.
/// </summary>
internal static class CardScanner
{
    private const int MinDigits = 12;
    private const int MaxDigits = 19;

    // Shorter numbers have the form of article numbers and times as well.
    private const int MinCertain = 14;

    public static void Find(ReadOnlySpan<char> text, ReadOnlySpan<char> label, ref List<PersonalDataMatch>? found)
    {
        for (var start = 0; start < text.Length;)
        {
            if (!NumberText.IsDigit(text[start]))
            {
                start++;
                continue;
            }

            var end = StartsNumber(text, start) ? EndOf(text, start, label, out var confidence) : End(0, out confidence);
            if (end > 0)
            {
                (found ??= []).Add(new(start, end, PersonalDataKind.CreditCard, confidence));
                start = end;
            }

            while (start < text.Length && NumberText.IsDigit(text[start]))
            {
                start++;
            }
        }
    }

    private static int End(int end, out double confidence)
    {
        confidence = 0;
        return end;
    }

    // Neither in a word nor after a decimal separator.
    private static bool StartsNumber(ReadOnlySpan<char> text, int start) =>
        NumberText.StartsWord(text, start) && !(start > 1 && text[start - 1] is '.' or ',' && NumberText.IsDigit(text[start - 2]));

    // The end of the longest number that starts at a position, between groups. 0 if there is none.
    private static int EndOf(ReadOnlySpan<char> text, int start, ReadOnlySpan<char> label, out double confidence)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        var (count, groups, smallest, group) = (0, 1, MaxDigits, 0);
        var (best, bestConfidence) = (0, 0.0);
        var separator = '\0';
        for (var index = start; index < text.Length; index++)
        {
            var value = NumberText.DigitValue(text[index]);
            if (value >= 0)
            {
                if (count == MaxDigits)
                {
                    break;
                }

                digits[count++] = (byte)value;
                group++;
                if (NumberText.IsDigitAt(text, index + 1))
                {
                    continue;
                }

                if (count >= MinDigits && EndsNumber(text, index + 1) && IsCard(digits[..count]))
                {
                    best = index + 1;
                    var isEven = groups == 1 || Math.Min(smallest, group) >= 3;
                    bestConfidence = (count >= MinCertain && isEven) || HasContext(text, start, label) ? 0.95 : 0.6;
                }

                continue;
            }

            var sign = NumberText.IsSpace(text[index]) ? ' ' : NumberText.IsHyphen(text[index]) ? '-' : text[index];
            if (sign is not (' ' or '-' or '.') || (separator != '\0' && sign != separator) || !NumberText.IsDigitAt(text, index + 1))
            {
                break;
            }

            smallest = Math.Min(smallest, group);
            (separator, group) = (sign, 0);
            groups++;
        }

        confidence = bestConfidence;
        return best;
    }

    private static bool EndsNumber(ReadOnlySpan<char> text, int end) =>
        !NumberText.IsWordAt(text, end) && !(end + 1 < text.Length && text[end] is '.' or ',' && NumberText.IsDigit(text[end + 1]) && !NumberText.IsDigit(text[end - 1]));

    private static bool HasContext(ReadOnlySpan<char> text, int start, ReadOnlySpan<char> label) => ContextWords.Of(text, start, label) == ContextWords.Context.Card;

    private static bool IsCard(ReadOnlySpan<byte> digits)
    {
        var six = 0;
        foreach (var digit in digits[..6])
        {
            six = (six * 10) + digit;
        }

        return IsOfNetwork(six, digits.Length) && HasCheckDigit(digits);
    }

    private static bool IsOfNetwork(int six, int length)
    {
        var (two, three, four) = (six / 10_000, six / 1000, six / 100);
        return two switch
        {
            // American Express.
            34 or 37 => length == 15,

            // Visa.
            >= 40 and <= 49 => length is 13 or 16 or 19,

            // Mastercard.
            >= 51 and <= 55 => length == 16,
            >= 22 and <= 27 when four is >= 2221 and <= 2720 => length == 16,

            // Mir.
            22 => four is >= 2200 and <= 2204 && length is >= 16 and <= 19,

            // Diners Club.
            30 => (three <= 305 || four == 3095) && length is >= 14 and <= 19,
            36 or 38 or 39 => length is >= 14 and <= 19,

            // JCB.
            35 => four is >= 3528 and <= 3589 && length is >= 16 and <= 19,

            // Maestro.
            50 or 56 or 57 or 58 => length is >= 12 and <= 19,
            63 => three == 639 || four is 6304 or 6334 || three is 637 or 638 ? length is >= 12 and <= 19 : false,
            67 => length is >= 12 and <= 19,

            // Discover, RuPay and Hipercard.
            60 or 64 or 65 => length is >= 16 and <= 19 || (six == 606282 && length == 13),
            81 or 82 => length == 16,

            // UnionPay.
            62 => length is >= 16 and <= 19,
            _ => false,
        };
    }

    private static bool HasCheckDigit(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        var isSame = true;
        for (var index = 0; index < digits.Length; index++)
        {
            int digit = digits[index];
            isSame &= digit == digits[0];
            if ((digits.Length - index) % 2 == 0)
            {
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            }

            sum += digit;
        }

        return sum % 10 == 0 && !isSame;
    }
}
