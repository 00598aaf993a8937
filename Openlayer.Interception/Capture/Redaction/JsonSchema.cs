using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// Schemas of values, as in the definition of a tool: <c>"password": {"type": "string", "description": "..."}</c> describes a secret and holds
/// none, unless it has a default or examples.
/// </summary>
internal static class JsonSchema
{
    private static readonly WordSet Types = new("string number integer boolean null");

    private static readonly WordSet Keywords = new(
        "type description title format nullable minlength maxlength pattern minimum maximum readonly writeonly deprecated optional required strict");

    private static readonly SearchValues<char> BetweenProperties = SearchValues.Create(" ,\t\r\n}");

    private static readonly SearchValues<char> BetweenNameAndValue = SearchValues.Create(": \t\r\n");

    // The longest keyword has 11 letters.
    private const int MaxLength = 16;

    // Schemas are short.
    private const int MaxText = 2_048;

    /// <summary>Whether a value is such a schema.</summary>
    public static bool Describes(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("type", out var type)
        && type.ValueKind == JsonValueKind.String
        && Contains(Types, type.GetString())
        && value.EnumerateObject().All(static property => Contains(Keywords, property.Name) && property.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array));

    /// <inheritdoc cref="Describes(JsonElement)"/>
    public static bool Describes(JsonNode? value) =>
        value is JsonObject properties
        && properties.TryGetPropertyValue("type", out var type)
        && type is JsonValue name
        && name.TryGetValue<string>(out var text)
        && Contains(Types, text)
        && properties.All(static property => Contains(Keywords, property.Key) && property.Value is null or JsonValue);

    /// <summary>Whether the text of a JSON object is such a schema.</summary>
    /// <param name="text">The object, from its first brace to its last.</param>
    /// <param name="quote">The marks of its strings.</param>
    public static bool Describes(ReadOnlySpan<char> text, Quote quote)
    {
        if (text.Length > MaxText || text[1..].ContainsAny('{', '['))
        {
            return false;
        }

        var hasType = false;
        var position = 1;
        while (position < text.Length)
        {
            var start = text[position..].IndexOfAnyExcept(BetweenProperties);
            if (start < 0)
            {
                return hasType;
            }

            position += start;
            if (!TryReadString(text, quote, ref position, out var name) || !Contains(Keywords, name))
            {
                return false;
            }

            position += Math.Max(0, text[position..].IndexOfAnyExcept(BetweenNameAndValue));
            if (TryReadString(text, quote, ref position, out var value))
            {
                hasType |= name is "type" && Contains(Types, value);
            }
            else
            {
                var end = text[position..].IndexOfAny(',', '}');
                position = end < 0 ? text.Length : position + end;
            }
        }

        return hasType;
    }

    private static bool TryReadString(ReadOnlySpan<char> text, Quote quote, ref int position, out ReadOnlySpan<char> value)
    {
        value = default;
        if (position >= text.Length || !Quote.TryReadAt(text, position, out var opening) || opening != quote)
        {
            return false;
        }

        var start = position + opening.Length;
        var end = opening.FindEnd(text, start);
        value = text[start..end];
        position = Math.Min(text.Length, end + opening.Length);
        return true;
    }

    private static bool Contains(WordSet words, ReadOnlySpan<char> name)
    {
        Span<char> lower = stackalloc char[MaxLength];
        return name.Length <= MaxLength && words.Contains(lower[..name.ToLowerInvariant(lower)]);
    }
}
