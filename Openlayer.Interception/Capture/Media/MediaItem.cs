using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Capture.Media;

/// <summary>An image, audio or a file in a message.</summary>
internal sealed record MediaItem
{
    /// <summary>The kind, <c>image</c>, <c>audio</c> or <c>file</c>, where the media type may not say it.</summary>
    public string? Kind { get; init; }

    public string? Name { get; init; }

    /// <summary>The name, without extension, of what has none. Default: the kind.</summary>
    public string? DefaultName { get; init; }

    public string? MediaType { get; init; }

    /// <summary>Its address. Null if its bytes are part of the message.</summary>
    public string? Url { get; init; }

    /// <summary>The provider's id of an uploaded file.</summary>
    public string? FileId { get; init; }

    /// <summary>The provider's id of audio that it has produced.</summary>
    public string? AudioId { get; init; }

    /// <summary>Its bytes. Null if they are not part of the message.</summary>
    public AttachmentSource? Source { get; init; }

    /// <summary>The number of bytes of what has no source.</summary>
    public long? Size { get; init; }

    /// <summary>The content item, as Openlayer's SDKs write it: <c>type</c> and <c>attachment</c>.</summary>
    public Dictionary<string, object?> ToContentItem()
    {
        var mediaType = MediaType is { Length: > 0 } ? MediaType : MediaTypes.OfName(Name) ?? MediaTypes.OfName(Url) ?? Source?.MediaType ?? MediaTypes.Default(Kind);
        var kind = MediaTypes.KindOf(mediaType) is var known and not "file" ? known : Kind ?? "file";
        var isReference = Url is not null || FileId is not null;
        var name = Name is { Length: > 0 } ? Name : isReference ? kind : (DefaultName ?? kind) + MediaTypes.ExtensionOf(mediaType);
        var url = Url is not null && Uri.TryCreate(Url, UriKind.RelativeOrAbsolute, out var address) ? address : null;
        var attachment = Attachment.OfMessage(Source, url, name, mediaType, Size, Metadata());
        return new() { ["type"] = kind, ["attachment"] = attachment };
    }

    private Dictionary<string, object?>? Metadata()
    {
        if (FileId is null && AudioId is null)
        {
            return null;
        }

        var metadata = new Dictionary<string, object?>();
        if (FileId is not null)
        {
            metadata["openai_file_id"] = FileId;
        }

        if (AudioId is not null)
        {
            metadata["openai_audio_id"] = AudioId;
        }

        return metadata;
    }
}
