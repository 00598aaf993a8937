namespace Openlayer.Interception.Capture;

/// <summary>How much room text takes in JSON, and where it can be cut.</summary>
internal static class JsonText
{
    /// <summary>No UTF-16 character takes more bytes of JSON: <c>\uXXXX</c>.</summary>
    public const int MaxBytesPerCharacter = 6;

    /// <summary>How many characters of the text surely fit into this many bytes of JSON, without the quotes.</summary>
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

    /// <summary>The length of the text's longest start of at most <paramref name="length"/> characters that ends with a whole character.</summary>
    public static int WholeCharacters(ReadOnlySpan<char> text, int length) =>
        length > 0 && length < text.Length && char.IsHighSurrogate(text[length - 1]) && char.IsLowSurrogate(text[length]) ? length - 1 : length;

    /// <summary>How many characters to keep of a text, so that with a mark where it is cut it fits. Negative where not even the mark does.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">How many characters may be kept.</param>
    /// <param name="bytes">How many bytes of JSON there is room for, without the quotes.</param>
    /// <param name="isCut">Whether some of the text is missing already, so that it gets a mark in any case.</param>
    public static int Keep(ReadOnlySpan<char> text, int length, int bytes, bool isCut)
    {
        if (!isCut && text.Length <= length && CharactersThatFit(text, bytes) == text.Length)
        {
            return text.Length;
        }

        bytes -= Placeholders.MaxCharactersMarkLength;
        return bytes < 0 ? -1 : WholeCharacters(text, CharactersThatFit(text[..Math.Min(text.Length, length)], bytes));
    }

    /// <summary>The start of the text that <see cref="Keep"/> allows, with a mark where some of it is missing.</summary>
    public static string Cut(ReadOnlySpan<char> text, int kept, long missing) =>
        missing + text.Length - kept is var more and > 0 ? string.Concat(text[..kept], Placeholders.MoreCharacters(more)) : text.ToString();
}
