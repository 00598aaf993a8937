namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// Lists of texts in which one names the next: the arguments of a program, <c>["--password", "..."]</c>, and headers,
/// <c>["Authorization", "..."]</c>.
/// </summary>
internal static class NamedItem
{
    /// <summary>The number of items of a JSON array up to which its texts are examined. Arguments and headers are few.</summary>
    public const int MaxItems = 64;

    /// <summary>Whether the text after another one in a list is a secret.</summary>
    /// <param name="names">Decides which names are redacted.</param>
    /// <param name="previous">The text before. Null if it is no text.</param>
    /// <param name="text">The text.</param>
    /// <param name="isPair">Whether the list has only these two.</param>
    public static bool IsSecret(RedactedNames names, string? previous, string text, bool isPair) =>
        previous is { Length: > 1 }
        && (previous[0] == '-' || isPair)
        && !text.StartsWith('-')
        && names.EndsWith(previous)
        && (previous[0] == '-' || (text.Any(char.IsAsciiDigit) && !names.EndsWith(text)));
}
