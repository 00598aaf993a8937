namespace Openlayer.Interception.ModelClients;

/// <summary>A content part that has been read.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The only value of text, a refusal, reasoning or usage. Null for other kinds.</param>
/// <param name="Values">The recorded fields of other kinds. Null for those with a single value.</param>
internal readonly record struct ContentPart(ContentKind Kind, object? Value, Dictionary<string, object?>? Values)
{
    /// <summary>The recorded fields. Empty for the kinds that have a single value.</summary>
    public Dictionary<string, object?> Fields => Values ?? [];

    /// <summary>Whether parts of a kind have a single value.</summary>
    public static bool HasSingleValue(ContentKind kind) => kind is ContentKind.Text or ContentKind.Refusal or ContentKind.Reasoning or ContentKind.Usage;
}
