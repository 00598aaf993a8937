namespace Openlayer.Interception.Capture.Redaction;

/// <summary>Objects whose value stands under one property and its name under another: <c>{"name": "Authorization", "value": "..."}</c>.</summary>
internal static class NamedPair
{
    private static readonly WordSet Names = new(
        "name key header headername field fieldname parameter parametername param variable variablename property propertyname setting attribute option");

    private static readonly WordSet Values = new("value values val rawvalue");

    /// <summary>Whether a property holds the name of another one.</summary>
    public static bool IsName(ReadOnlySpan<char> property) => Contains(Names, property);

    /// <summary>Whether a property holds the value that another one names.</summary>
    public static bool IsValue(ReadOnlySpan<char> property) => Contains(Values, property);

    private static bool Contains(WordSet words, ReadOnlySpan<char> property)
    {
        Span<char> lower = stackalloc char[16];
        return property.Length <= lower.Length && words.Contains(lower[..property.ToLowerInvariant(lower)]);
    }
}
