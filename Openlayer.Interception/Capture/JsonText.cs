namespace Openlayer.Interception.Capture;

/// <summary>The size of text in JSON, and the places where it can be cut.</summary>
internal static class JsonText
{
    /// <summary>The maximum number of bytes of JSON for one UTF-16 character: <c>\uXXXX</c>.</summary>
    public const int MaxBytesPerCharacter = 6;

    /// <summary>The number of characters that are certain to fit into this many bytes of JSON, without the quotes.</summary>
    public static int CharactersThatFit(ReadOnlySpan<char> text, int bytes)
    {
        if (text.Length <= bytes / MaxBytesPerCharacter)
        {
            return text.Length;
        }

        for (var index = 0; index < text.Length; index++)
        {
            bytes -= text[index] is >= ' ' and <= '~' and not ('"' or '\\') ? 1 : MaxBytesPerCharacter;
            if (bytes < 0)
            {
                return index;
            }
        }

        return text.Length;
    }

    /// <summary>The largest length, at most <paramref name="length"/>, that does not split a surrogate pair.</summary>
    public static int WholeCharacters(ReadOnlySpan<char> text, int length) =>
        length > 0 && length < text.Length && char.IsHighSurrogate(text[length - 1]) && char.IsLowSurrogate(text[length]) ? length - 1 : length;

    /// <summary>The number of characters to keep, so that the text and its placeholder fit. Negative if not even the placeholder fits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The maximum number of characters.</param>
    /// <param name="bytes">The maximum number of bytes of JSON, without the quotes.</param>
    /// <param name="isCut">Whether some of the text is already missing, so that it needs a placeholder in any case.</param>
    public static int Keep(ReadOnlySpan<char> text, int length, int bytes, bool isCut)
    {
        if (!isCut && bytes >= 0 && text.Length <= length && CharactersThatFit(text, bytes) == text.Length)
        {
            return text.Length;
        }

        bytes -= Placeholders.MaxMoreCharactersLength;
        return bytes < 0 ? -1 : WholeCharacters(text, CharactersThatFit(text[..Math.Min(text.Length, length)], bytes));
    }

    /// <summary>The first <paramref name="kept"/> characters, followed by a placeholder for the missing ones.</summary>
    public static string Cut(ReadOnlySpan<char> text, int kept, long missing) =>
        missing + text.Length - kept is var more and > 0 ? string.Concat(text[..kept], Placeholders.MoreCharacters(more)) : text.ToString();
}
