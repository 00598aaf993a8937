namespace Openlayer.Interception.Capture.Media;

/// <summary>An image, audio or a file, without its bytes.</summary>
internal sealed record MediaItem
{
    /// <summary>The kind, <c>image</c>, <c>audio</c> or <c>file</c>, where the media type may not say it.</summary>
    public string? Kind { get; init; }

    public string? Name { get; init; }

    public string? MediaType { get; init; }

    /// <summary>Its address. Null if its bytes are part of the message.</summary>
    public string? Url { get; init; }

    /// <summary>The provider's id of an uploaded file.</summary>
    public string? FileId { get; init; }

    public long? Size { get; init; }

    /// <summary>The content item, as Openlayer's SDKs write it: <c>type</c> and <c>attachment</c>.</summary>
    public Dictionary<string, object?> ToContentItem()
    {
        var mediaType = MediaType is { Length: > 0 } ? MediaType : MediaTypes.OfName(Name) ?? MediaTypes.OfName(Url) ?? MediaTypes.Default(Kind);
        var kind = MediaTypes.KindOf(mediaType) is var known and not "file" ? known : Kind ?? "file";
        var isReference = Url is not null || FileId is not null;
        var attachment = new Dictionary<string, object?>
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["name"] = Name is { Length: > 0 } ? Name : isReference ? kind : kind + MediaTypes.ExtensionOf(mediaType),
            ["mediaType"] = mediaType,
        };
        if (Url is not null)
        {
            attachment["url"] = Url;
        }

        if (Size is not null)
        {
            attachment["sizeBytes"] = Size;
        }

        if (FileId is not null)
        {
            attachment["metadata"] = new Dictionary<string, object?> { ["openai_file_id"] = FileId };
        }

        return new() { ["type"] = kind, ["attachment"] = attachment };
    }
}
