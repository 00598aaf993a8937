namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds International Bank Account Numbers (ISO 13616): a country of the registry, its length, and check digits (modulo 97). Groups may be
/// separated by a space, a hyphen or a full stop.
/// </summary>
internal static class IbanScanner
{
    // The countries of the IBAN registry, and how many characters theirs have.
    private static readonly Dictionary<int, int> Lengths = ReadLengths(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 "
        + "GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
        + "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 "
        + "TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30");

    public static void Find(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        for (var digits = 2; digits + 1 < text.Length; digits++)
        {
            var next = text[digits..].IndexOfAnyInRange('0', '9');
            if (next < 0)
            {
                return;
            }

            digits += next;
            var start = digits - 2;
            if (digits + 1 < text.Length && char.IsAsciiDigit(text[digits + 1]) && Starts(text, start) && Lengths.TryGetValue(Country(text[start], text[start + 1]), out var length)
                && EndOf(text, start, length) is > 0 and var end)
            {
                (found ??= []).Add(new(start, end, PersonalDataKind.Iban, 1));
                digits = end;
            }
        }
    }

    // "IBANDE..." too.
    private static bool Starts(ReadOnlySpan<char> text, int start) =>
        start >= 0
        && char.IsAsciiLetter(text[start])
        && char.IsAsciiLetter(text[start + 1])
        && (NumberText.StartsWord(text, start) || text[..start].EndsWith("IBAN", StringComparison.OrdinalIgnoreCase));

    // The end of the number of a length that starts at a position. -1 if its check digits are wrong.
    private static int EndOf(ReadOnlySpan<char> text, int start, int length)
    {
        Span<char> iban = stackalloc char[length];
        var end = start;
        for (var count = 0; count < length; end++)
        {
            if (end == text.Length)
            {
                return -1;
            }

            var character = text[end];
            if (char.IsAsciiLetterOrDigit(character))
            {
                iban[count++] = char.ToUpperInvariant(character);
            }
            else if (!((NumberText.IsSpace(character) || NumberText.IsHyphen(character) || character == '.') && end > start && char.IsAsciiLetterOrDigit(text[end - 1])))
            {
                return -1;
            }
        }

        return (NumberText.IsWordAt(text, end) && !text[end..].StartsWith("BIC")) || !HasCheckDigits(iban) ? -1 : end;
    }

    private static bool HasCheckDigits(ReadOnlySpan<char> iban)
    {
        var remainder = 0;
        for (var index = 0; index < iban.Length; index++)
        {
            // The first four stand at the end.
            var character = iban[(index + 4) % iban.Length];
            remainder = char.IsAsciiDigit(character) ? ((remainder * 10) + (character - '0')) % 97 : ((remainder * 100) + (character - 'A' + 10)) % 97;
        }

        return remainder == 1 && iban[2..4] is not ("00" or "01" or "99");
    }

    private static int Country(char first, char second) => (char.ToUpperInvariant(first) << 8) | char.ToUpperInvariant(second);

    private static Dictionary<int, int> ReadLengths(string countries) => countries.Split(' ').ToDictionary(
        static country => Country(country[0], country[1]),
        static country => int.Parse(country.AsSpan(2), provider: System.Globalization.CultureInfo.InvariantCulture));
}
