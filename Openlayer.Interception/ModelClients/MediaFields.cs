using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Media in messages and responses, recorded as content items as Openlayer has them: <c>type</c> and <c>attachment</c> with name, media type,
/// reference and size. The bytes are never recorded.
/// </summary>
/// <remarks>
/// The fields that a table can read: <c>mediaType</c>, or <c>format</c> for the format of audio or an image; <c>name</c>, <c>uri</c>,
/// <c>fileId</c>, <c>bytes</c> for the size, and <c>data</c>, base64 or a data URI.
/// </remarks>
internal static class MediaFields
{
    private const string DataScheme = "data:";

    /// <summary>Replaces <c>data</c>, and a data URI in <c>uri</c>, by <c>bytes</c> and <c>mediaType</c>, and <c>format</c> by <c>mediaType</c>.</summary>
    public static void ReplaceDataBySize(Dictionary<string, object?> fields)
    {
        fields.Remove("data", out var held);
        var data = held as string;
        if (PropertyReader.Text(fields.GetValueOrDefault("uri")) is { } uri && uri.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase))
        {
            data = uri;
            fields["uri"] = null;
        }

        if (data is not null)
        {
            ReplaceData(fields, data);
        }

        if (fields.Remove("format", out var format) && PropertyReader.Text(format) is { Length: > 0 } name)
        {
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? MediaTypes.OfFormat(name, PropertyReader.Text(fields.GetValueOrDefault("kind")));
        }
    }

    /// <summary>Whether a part has no media yet, such as the start of an image that a model generates.</summary>
    public static bool IsEmpty(Dictionary<string, object?> fields) =>
        fields.GetValueOrDefault("bytes") is null or 0 or 0L && fields.GetValueOrDefault("uri") is null && fields.GetValueOrDefault("fileId") is null;

    /// <summary>Adds the size of a piece to the size of those before it.</summary>
    public static void AddSize(Dictionary<string, object?> fields, Dictionary<string, object?> piece) =>
        fields["bytes"] = Size(fields) + Size(piece);

    /// <summary>The content item.</summary>
    public static Dictionary<string, object?> ToContentItem(Dictionary<string, object?> fields)
    {
        return new MediaItem
        {
            Kind = Text("kind"),
            Name = Text("name"),
            MediaType = Text("mediaType"),
            Url = Text("uri"),
            FileId = Text("fileId"),
            Size = fields.GetValueOrDefault("bytes") is null ? null : Size(fields),
        }.ToContentItem();

        string? Text(string name) => PropertyReader.Text(fields.GetValueOrDefault(name));
    }

    private static long Size(Dictionary<string, object?> fields) => fields.GetValueOrDefault("bytes") switch
    {
        int size => size,
        long size => size,
        _ => 0,
    };

    private static void ReplaceData(Dictionary<string, object?> fields, string data)
    {
        var header = data.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase) ? data[..(data.IndexOf(',') + 1)] : "";
        if (header.Length > 0 && header[DataScheme.Length..].Split(';', ',')[0] is { Length: > 0 } mediaType)
        {
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? mediaType;
        }

        var isBase64 = header.Length == 0 || header.Contains(";base64", StringComparison.OrdinalIgnoreCase);
        fields["bytes"] = isBase64 ? Base64Text.DecodedLength(data.AsSpan(header.Length)) : (long)data.Length - header.Length;
    }
}
