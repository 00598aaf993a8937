namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// A quotation mark as it stands in JSON, in JSON within a string, and so on: <c>"</c>, <c>\"</c>, <c>\\\"</c> or <c>\u0022</c>.
/// </summary>
/// <param name="Character">The mark, or the last digit of its escape.</param>
/// <param name="Backslashes">The number of backslashes before it.</param>
/// <param name="IsEncoded">Whether it is written as <c>\u0022</c> or <c>\u0027</c>.</param>
internal readonly record struct Quote(char Character, int Backslashes, bool IsEncoded)
{
    private const int EscapeLength = 5;
    private const int MaxNameLength = 160;

    public int Length => Backslashes + (IsEncoded ? EscapeLength : 1);

    /// <summary>Reads the mark that starts at a position.</summary>
    public static bool TryReadAt(ReadOnlySpan<char> text, int start, out Quote quote)
    {
        var position = start;
        while (position < text.Length && text[position] == '\\')
        {
            position++;
        }

        return TryRead(text, position, position - start, out quote);
    }

    /// <summary>Reads the mark that ends before a position, and finds the one that opens the same short string.</summary>
    /// <param name="text">The text.</param>
    /// <param name="end">The position.</param>
    /// <param name="quote">The mark.</param>
    /// <param name="content">The range of the string.</param>
    public static bool TryReadStringBefore(ReadOnlySpan<char> text, int end, out Quote quote, out Range content)
    {
        content = default;
        var mark = end > 0 && text[end - 1] is '"' or '\'' ? end - 1 : end >= EscapeLength && text[end - EscapeLength] == 'u' ? end - EscapeLength : -1;
        if (mark < 0 || !TryRead(text, mark, BackslashesBefore(text, mark, 0), out quote))
        {
            quote = default;
            return false;
        }

        var contentEnd = mark - quote.Backslashes;
        var limit = Math.Max(0, contentEnd - MaxNameLength);
        for (var index = contentEnd - 1; index >= limit; index--)
        {
            if (text[index] == (quote.IsEncoded ? 'u' : quote.Character)
                && TryRead(text, index, BackslashesBefore(text, index, limit), out var opening)
                && opening == quote)
            {
                content = (index + quote.Length - quote.Backslashes)..contentEnd;
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The end of the string that starts at a position: that of its content, where the same mark stands or the string around it ends. The
    /// end of the text if the string is cut off.
    /// </summary>
    public int FindEnd(ReadOnlySpan<char> text, int start)
    {
        var position = start;
        while (position < text.Length)
        {
            var next = text[position..].IndexOfAny('"', '\'', 'u');
            if (next < 0)
            {
                break;
            }

            position += next;
            var backslashes = BackslashesBefore(text, position, start);
            if (TryRead(text, position, backslashes, out var mark))
            {
                if (mark.IsEncoded == IsEncoded && mark.Character == Character && Ends(mark))
                {
                    return position - Backslashes;
                }

                // A mark of the string around this one.
                if (mark.Character == '"' && ((IsEncoded && !mark.IsEncoded && backslashes == 0) || (mark.IsEncoded == IsEncoded && backslashes < Backslashes)))
                {
                    return position - backslashes;
                }
            }

            position++;
        }

        return text.Length;
    }

    private static int BackslashesBefore(ReadOnlySpan<char> text, int position, int limit)
    {
        var start = position;
        while (start > limit && text[start - 1] == '\\')
        {
            start--;
        }

        return position - start;
    }

    private static bool TryRead(ReadOnlySpan<char> text, int position, int backslashes, out Quote quote)
    {
        if (position < text.Length && text[position] is '"' or '\'')
        {
            quote = new Quote(text[position], backslashes, IsEncoded: false);
            return true;
        }

        if (backslashes > 0 && position + EscapeLength <= text.Length && text[position] == 'u' && text[position..].StartsWith("u002") && text[position + 4] is '2' or '7')
        {
            quote = new Quote(text[position + 4] == '2' ? '"' : '\'', backslashes, IsEncoded: true);
            return true;
        }

        quote = default;
        return false;
    }

    // Further backslashes before the mark are those of escaped backslashes, or escape the mark itself.
    private bool Ends(Quote mark) => IsEncoded
        ? mark.Backslashes % (4 * Backslashes) == Backslashes
        : mark.Backslashes % (2 * (Backslashes + 1)) == Backslashes;
}
