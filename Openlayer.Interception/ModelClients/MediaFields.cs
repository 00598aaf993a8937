using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>The recorded fields of media: reference, media type and size, never the bytes.</summary>
internal static class MediaFields
{
    private const string DataScheme = "data:";

    /// <summary>Replaces <c>data</c>, base64 or a data URI, and a data URI in <c>uri</c>, by <c>bytes</c> and <c>mediaType</c>.</summary>
    public static void ReplaceDataBySize(Dictionary<string, object?> fields)
    {
        fields.Remove("data", out var held);
        var data = held as string;
        if (PropertyReader.Text(fields.GetValueOrDefault("uri")) is { } uri && uri.StartsWith(DataScheme, StringComparison.Ordinal))
        {
            data = uri;
            fields["uri"] = null;
        }

        if (data is null)
        {
            return;
        }

        var header = data.StartsWith(DataScheme, StringComparison.Ordinal) ? data[..(data.IndexOf(',') + 1)] : "";
        if (header.Length > 0)
        {
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? header[DataScheme.Length..].Split(';', ',')[0];
        }

        var length = (long)data.Length - header.Length;
        var padding = data.EndsWith("==", StringComparison.Ordinal) ? 2 : data.EndsWith('=') ? 1 : 0;
        var isBase64 = header.Length == 0 || header.Contains(";base64", StringComparison.Ordinal);
        fields["bytes"] = isBase64 ? (length * 3 / 4) - padding : length;
    }
}
