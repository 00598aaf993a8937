using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Media in messages and responses, recorded as content items as Openlayer has them: <c>type</c> and <c>attachment</c>. The bytes are never
/// part of what is recorded.
/// </summary>
/// <remarks>
/// The fields that a table can read: <c>mediaType</c>, or <c>format</c> for the format of audio or an image; <c>name</c>, <c>uri</c>,
/// <c>fileId</c>, <c>audioId</c>, <c>bytes</c> for the size of what is elsewhere, <c>data</c>: bytes, base64 or a data URI, and <c>stream</c>,
/// which is not read and whose size counts if it is known.
/// </remarks>
internal static class MediaFields
{
    private const string SourceField = "source";
    private const string ItemField = "contentItem";

    /// <summary>
    /// Replaces <c>data</c>, and a data URI in <c>uri</c>, by their source and <c>mediaType</c>, <c>stream</c> by <c>bytes</c>, and <c>format</c> by
    /// <c>mediaType</c>.
    /// </summary>
    public static void ReplaceData(Dictionary<string, object?> fields)
    {
        if (fields.Remove("stream", out var stream) && stream is Stream { CanSeek: true } seekable)
        {
            fields["bytes"] = seekable.Length - seekable.Position;
        }

        fields.Remove("data", out var data);
        if (PropertyReader.Text(fields.GetValueOrDefault("uri")) is { } uri && DataUri.Is(uri))
        {
            data = uri;
            fields["uri"] = null;
        }

        if (data is ReadOnlyMemory<byte> bytes)
        {
            SetSource(fields, new BytesSource(bytes));
        }
        else if (data is string text)
        {
            var (source, mediaType) = DataUri.Of(text);
            SetSource(fields, source);
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? mediaType;
        }

        if (fields.Remove("format", out var format) && PropertyReader.Text(format) is { Length: > 0 } name)
        {
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? MediaTypes.OfFormat(name, PropertyReader.Text(fields.GetValueOrDefault("kind")));
        }
    }

    /// <summary>The bytes. Null if the part has none.</summary>
    public static AttachmentSource? Source(Dictionary<string, object?> fields) => fields.GetValueOrDefault(SourceField) as AttachmentSource;

    public static void SetSource(Dictionary<string, object?> fields, AttachmentSource source) => fields[SourceField] = source;

    /// <summary>Whether a part has no media yet, such as the start of an image that a model generates.</summary>
    public static bool IsEmpty(Dictionary<string, object?> fields) =>
        Source(fields) is null or { Length: 0 }
        && Size(fields) is null or 0
        && fields.GetValueOrDefault("uri") is null
        && fields.GetValueOrDefault("fileId") is null;

    /// <summary>The content item. The same one each time, so that an attachment has one id.</summary>
    public static Dictionary<string, object?> ToContentItem(Dictionary<string, object?> fields)
    {
        if (fields.GetValueOrDefault(ItemField) is Dictionary<string, object?> known)
        {
            return known;
        }

        var item = new MediaItem
        {
            Kind = Text("kind"),
            Name = Text("name"),
            DefaultName = Text("defaultName"),
            MediaType = Text("mediaType"),
            Url = Text("uri"),
            FileId = Text("fileId"),
            AudioId = Text("audioId"),
            Source = Source(fields),
            Size = Size(fields),
        }.ToContentItem();
        fields[ItemField] = item;
        return item;

        string? Text(string name) => PropertyReader.Text(fields.GetValueOrDefault(name));
    }

    private static long? Size(Dictionary<string, object?> fields) => fields.GetValueOrDefault("bytes") switch
    {
        int size => size,
        long size => size,
        _ => null,
    };
}
