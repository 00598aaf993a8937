using System.Globalization;
using System.Text;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// The letters of a name, in lower case, and where its words start. Digits and other characters separate words. Invisible characters,
/// diacritics, full width and the dotless i do not count, and letters of other scripts count as the Latin letters that they look like.
/// </summary>
internal readonly ref struct NameLetters
{
    /// <summary>The maximum number of letters that one character becomes, in practice.</summary>
    public const int MaxGrowth = 3;

    private readonly ReadOnlySpan<bool> _starts;

    private NameLetters(ReadOnlySpan<char> letters, ReadOnlySpan<bool> starts)
    {
        Letters = letters;
        _starts = starts;
    }

    public ReadOnlySpan<char> Letters { get; }

    public int Length => Letters.Length;

    /// <summary>Folds a name into two buffers that have room for <see cref="MaxGrowth"/> letters a character.</summary>
    public static NameLetters Fold(ReadOnlySpan<char> name, Span<char> letters, Span<bool> starts)
    {
        if (!name.IsEmpty && !name.ContainsAnyExceptInRange('a', 'z'))
        {
            // One word, as most names are.
            name.CopyTo(letters);
            starts[..name.Length].Clear();
            starts[0] = true;
            return new NameLetters(letters[..name.Length], starts[..name.Length]);
        }

        if (!Ascii.IsValid(name))
        {
            name = Decompose(name);
        }

        var length = 0;
        var isNewWord = true;
        var previous = '\0';
        for (var index = 0; index < name.Length && length < letters.Length; index++)
        {
            var character = Plain(name[index]);
            if (character == '\0')
            {
                continue;
            }

            if (!char.IsLetter(character))
            {
                isNewWord = true;
                previous = '\0';
                continue;
            }

            // "apiKey" and the last capital of "APIKey".
            var startsWord = isNewWord
                || (char.IsUpper(character)
                    && (char.IsLower(previous) || (index + 1 < name.Length && char.IsLower(Plain(name[index + 1])))));
            starts[length] = startsWord;
            letters[length++] = char.ToLowerInvariant(character);
            isNewWord = false;
            previous = character;
        }

        return new NameLetters(letters[..length], starts[..length]);
    }

    /// <summary>Whether a word starts or ends before this letter.</summary>
    public bool IsBorder(int index) => index == 0 || index == Length || _starts[index];

    /// <summary>The word that starts at a letter. Empty at the end.</summary>
    public ReadOnlySpan<char> WordAfter(int start)
    {
        var end = start + 1;
        while (end < Length && !_starts[end])
        {
            end++;
        }

        return start < Length ? Letters[start..end] : [];
    }

    /// <summary>The word that ends before a letter, or the part of it. Empty at the start.</summary>
    public ReadOnlySpan<char> WordBefore(int end)
    {
        var start = end - 1;
        while (start > 0 && !_starts[start])
        {
            start--;
        }

        return end > 0 ? Letters[start..end] : [];
    }

    private static ReadOnlySpan<char> Decompose(ReadOnlySpan<char> name)
    {
        try
        {
            return name.ToString().Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair.
            return name;
        }
    }

    // The character itself, its ASCII form, or 0 if it does not count.
    private static char Plain(char character) => character switch
    {
        < '\u0080' => character,
        // Cyrillic and Greek letters that look like Latin ones.
        'а' or 'α' => 'a',
        'А' or 'Α' => 'A',
        'с' or 'ϲ' => 'c',
        'С' or 'Ϲ' => 'C',
        'е' or 'ε' => 'e',
        'Е' or 'Ε' => 'E',
        'і' or 'ι' => 'i',
        'І' or 'Ι' => 'I',
        'к' or 'κ' => 'k',
        'К' or 'Κ' => 'K',
        'о' or 'ο' => 'o',
        'О' or 'Ο' => 'O',
        'р' or 'ρ' => 'p',
        'Р' or 'Ρ' => 'P',
        'т' or 'τ' => 't',
        'Т' or 'Τ' => 'T',
        'у' or 'υ' => 'y',
        'У' or 'Υ' => 'Y',
        'х' or 'χ' => 'x',
        'Х' or 'Χ' => 'X',
        'ԁ' => 'd',
        'һ' => 'h',
        'ј' => 'j',
        'ѕ' => 's',
        'Ѕ' => 'S',
        'ԝ' => 'w',

        // İ, the dotless i, the long s and the Kelvin sign.
        '\u0130' => 'I',
        '\u0131' => 'i',
        '\u017F' => 's',
        '\u212A' => 'K',

        // Not every machine has the data to decompose these.
        >= '\uFF01' and <= '\uFF5E' => (char)(character - 0xFEE0),
        _ => CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Control
            ? '\0'
            : character,
    };
}
