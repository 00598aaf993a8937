using System.Globalization;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>What the scanners of numbers share: digits of any script, the signs between groups of them, and the ends of words.</summary>
internal static class NumberText
{
    /// <summary>Whether a text has a digit of any script.</summary>
    public static bool HasDigit(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyInRange('0', '9'))
        {
            return true;
        }

        // Digits of other scripts.
        for (var index = text.IndexOfAnyExceptInRange('\0', '\u065F'); index >= 0 && index < text.Length; index++)
        {
            if (char.IsDigit(text[index]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The value of a digit of any script. -1 for other characters.</summary>
    public static int DigitValue(char character) =>
        char.IsAsciiDigit(character) ? character - '0'
        : character > 127 && char.IsDigit(character) ? CharUnicodeInfo.GetDecimalDigitValue(character)
        : -1;

    /// <summary>Whether a character is a digit of any script.</summary>
    public static bool IsDigit(char character) => char.IsAsciiDigit(character) || (character > 127 && char.IsDigit(character));

    public static bool IsDigitAt(ReadOnlySpan<char> text, int index) => (uint)index < (uint)text.Length && IsDigit(text[index]);

    /// <summary>Whether a character is part of a word. Scripts without spaces between words end one anywhere.</summary>
    public static bool IsWord(char character) => character is '_' || (char.IsLetterOrDigit(character) && (character < '\u2E80' || IsDigit(character)));

    public static bool IsWordAt(ReadOnlySpan<char> text, int index) => (uint)index < (uint)text.Length && IsWord(text[index]);

    /// <summary>Whether a character is a space within a line.</summary>
    public static bool IsSpace(char character) => character is ' ' or '\u00A0' or '\u202F' or '\u2009' or '\u2007' or '\u3000';

    /// <summary>Whether a character is a hyphen or a dash of similar length.</summary>
    public static bool IsHyphen(char character) => character is '-' or '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2212' or '\uFF0D';

    /// <summary>Whether a word may start at a position. The letter of an escape such as <c>\n</c> or <c>%20</c> is not part of a word.</summary>
    public static bool StartsWord(ReadOnlySpan<char> text, int start) => start == 0 || !IsWord(text[start - 1]) || EndsWithEscape(text[..start]);

    /// <summary>Whether a text ends with an escape: <c>\n</c>, <c>\u0022</c> or <c>%20</c>.</summary>
    public static bool EndsWithEscape(ReadOnlySpan<char> text) =>
        text is [.., '\\', 'n' or 'r' or 't'] or [.., '\\', 'u', _, _, _, _]
        || (text is [.., '%', var high, var low] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low));
}
