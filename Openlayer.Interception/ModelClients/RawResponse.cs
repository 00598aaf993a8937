using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.ModelClients;

/// <summary>The JSON of a response as it is recorded: without the bytes of media, whose places in the wire formats are known.</summary>
internal static class RawResponse
{
    // Properties whose string is base64, whatever its length and content.
    private static readonly string[] Encoded = ["b64_json", "partial_image_b64", "file_data", "bytesBase64Encoded"];

    // Properties that say that "data" or "bytes" beside them is base64.
    private static readonly string[] Descriptions =
        ["format", "media_type", "mediaType", "mime_type", "mimeType", "content_type", "contentType", "transcript", "expires_at"];

    /// <summary>The response without the bytes of media.</summary>
    public static JsonElement WithoutMedia(JsonElement response)
    {
        if (!MayHaveMedia(response.GetRawText()))
        {
            return response;
        }

        var copy = JsonSerializer.SerializeToNode(response);
        Replace(copy);
        return JsonSerializer.SerializeToElement(copy);
    }

    private static bool MayHaveMedia(string json) =>
        json.Contains("\"data\"", StringComparison.Ordinal)
        || json.Contains("\"images\"", StringComparison.Ordinal)
        || json.Contains("\"bytes\"", StringComparison.Ordinal)
        || json.Contains("\"image_generation_call\"", StringComparison.Ordinal)
        || Array.Exists(Encoded, name => json.Contains(name, StringComparison.Ordinal));

    private static void Replace(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Replace(item);
            }
        }
        else if (node is JsonObject entries)
        {
            foreach (var (name, value) in entries.ToArray())
            {
                if (IsEncoded(entries, name) && Text(value) is { } encoded)
                {
                    entries[name] = Placeholder(encoded);
                }
                else if (name == "images" && value is JsonArray images)
                {
                    ReplaceItems(images);
                }
                else
                {
                    Replace(value);
                }
            }
        }
    }

    private static void ReplaceItems(JsonArray images)
    {
        for (var index = 0; index < images.Count; index++)
        {
            if (Text(images[index]) is { } encoded)
            {
                images[index] = Placeholder(encoded);
            }
            else
            {
                Replace(images[index]);
            }
        }
    }

    private static bool IsEncoded(JsonObject entries, string name) =>
        Array.IndexOf(Encoded, name) >= 0
        || (name == "result" && Text(entries["type"]) == "image_generation_call")
        || (name is "data" or "bytes" && Array.Exists(Descriptions, entries.ContainsKey));

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static string Placeholder(string encoded) =>
        MediaText.Replace(encoded)
            ?? (Base64Text.Prefix(encoded) == encoded.Length
                ? MediaText.Placeholder(Base64Text.MediaTypeOf(encoded), Base64Text.DecodedLength(encoded))
                : encoded);
}
