using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>A text that is JSON, as a library received it. It is parsed when it is written, in the background. Immutable.</summary>
/// <param name="text">The text. One that is no JSON is written as a text.</param>
/// <param name="prepare">Returns the JSON as it is recorded.</param>
internal sealed class DeferredJson(string text, Func<JsonElement, JsonElement> prepare)
{
    /// <summary>The text.</summary>
    public string Text => text;

    /// <summary>Whether a text is likely to be an object or an array of JSON.</summary>
    public static bool IsLikely(string text) => text.AsSpan().TrimStart() is ['{' or '[', ..];

    /// <summary>Writes the JSON.</summary>
    public void WriteTo(SnapshotWriter writer)
    {
        if (Prepared() is { } json)
        {
            writer.Write(json);
        }
        else
        {
            writer.WriteText(text);
        }
    }

    private JsonElement? Prepared()
    {
        try
        {
            return prepare(JsonSerializer.Deserialize<JsonElement>(text));
        }
        catch (Exception)
        {
            // A response that broke off, for example.
            return null;
        }
    }
}
