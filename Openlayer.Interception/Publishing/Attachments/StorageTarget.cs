using System.Text.Json;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>Where Openlayer says that one object is to be uploaded to.</summary>
/// <param name="Url">The address, with a signature.</param>
/// <param name="StorageUri">How rows refer to the object.</param>
/// <param name="Fields">The fields of the form, in order. Empty for none.</param>
internal sealed record StorageTarget(Uri Url, string StorageUri, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>Reads the answer of Openlayer. Null if it is none.</summary>
    public static StorageTarget? Read(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !Uri.TryCreate(Text(root, "url"), UriKind.Absolute, out var url)
                || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
                || Text(root, "storageUri") is not { Length: > 0 } storageUri)
            {
                return null;
            }

            KeyValuePair<string, string>[] fields = root.TryGetProperty("fields", out var named) && named.ValueKind == JsonValueKind.Object
                ? [.. named.EnumerateObject().Select(static field => new KeyValuePair<string, string>(field.Name, field.Value.ToString()))]
                : [];
            return new StorageTarget(url, storageUri, fields);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>How the storage takes the bytes.</summary>
    /// <param name="configured">The option.</param>
    public AttachmentStorage KindOf(AttachmentStorage configured) => configured switch
    {
        not AttachmentStorage.Automatic => configured,
        _ when Fields.Count > 0 => AttachmentStorage.S3,
        _ when Url.Host.Contains(".blob.", StringComparison.OrdinalIgnoreCase) || (HasParameter("sv") && HasParameter("sig")) => AttachmentStorage.Azure,
        _ when Url.Host.EndsWith("storage.googleapis.com", StringComparison.OrdinalIgnoreCase) || HasParameter("X-Goog-Signature") =>
            AttachmentStorage.GoogleCloud,
        _ => AttachmentStorage.Local,
    };

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private bool HasParameter(string name) =>
        Url.Query.Contains($"?{name}=", StringComparison.OrdinalIgnoreCase) || Url.Query.Contains($"&{name}=", StringComparison.OrdinalIgnoreCase);
}
