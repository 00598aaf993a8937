namespace Openlayer.Interception.Capture.Redaction;

/// <summary>A constant set of lower-case ASCII words that is searched without allocation.</summary>
internal sealed class WordSet
{
    private readonly Dictionary<int, string[]> _words;

    /// <param name="words">The words, separated by spaces.</param>
    public WordSet(string words) => _words = words.Split(' ')
        .Distinct(StringComparer.Ordinal)
        .GroupBy(static word => Key(word))
        .ToDictionary(static group => group.Key, static group => group.ToArray());

    public bool Contains(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty || !_words.TryGetValue(Key(word), out var candidates))
        {
            return false;
        }

        foreach (var candidate in candidates)
        {
            if (word.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private static int Key(ReadOnlySpan<char> word) => (word[0] << 16) | (word[^1] << 8) | (word.Length & 0xFF);
}
