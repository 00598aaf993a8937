using System.Collections.Frozen;

namespace Openlayer.Interception.Capture.Media;

/// <summary>Media types: what they are, and how files and formats name them.</summary>
internal static class MediaTypes
{
    private static readonly FrozenDictionary<string, string> ByExtension = new Dictionary<string, string>
    {
        ["png"] = "image/png",
        ["jpg"] = "image/jpeg",
        ["jpeg"] = "image/jpeg",
        ["gif"] = "image/gif",
        ["webp"] = "image/webp",
        ["bmp"] = "image/bmp",
        ["tif"] = "image/tiff",
        ["tiff"] = "image/tiff",
        ["ico"] = "image/x-icon",
        ["heic"] = "image/heic",
        ["avif"] = "image/avif",
        ["svg"] = "image/svg+xml",
        ["wav"] = "audio/wav",
        ["mp3"] = "audio/mpeg",
        ["flac"] = "audio/flac",
        ["ogg"] = "audio/ogg",
        ["opus"] = "audio/opus",
        ["aac"] = "audio/aac",
        ["m4a"] = "audio/x-m4a",
        ["pcm16"] = "audio/pcm",
        ["mp4"] = "video/mp4",
        ["webm"] = "video/webm",
        ["mov"] = "video/quicktime",
        ["avi"] = "video/x-msvideo",
        ["pdf"] = "application/pdf",
        ["json"] = "application/json",
        ["zip"] = "application/zip",
        ["gz"] = "application/gzip",
        ["rtf"] = "application/rtf",
        ["doc"] = "application/msword",
        ["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ["pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ["bin"] = "application/octet-stream",
        ["xml"] = "application/xml",
        ["csv"] = "text/csv",
        ["htm"] = "text/html",
        ["html"] = "text/html",
        ["md"] = "text/markdown",
        ["txt"] = "text/plain",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> Extensions = new Dictionary<string, string>
    {
        ["mpeg"] = "mp3",
        ["jpeg"] = "jpg",
        ["x-wav"] = "wav",
        ["x-m4a"] = "m4a",
        ["svg+xml"] = "svg",
        ["plain"] = "txt",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The kind of content item for a media type: <c>image</c>, <c>audio</c> or <c>file</c>.</summary>
    public static string KindOf(string mediaType) =>
        mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) ? "image"
        : mediaType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) ? "audio"
        : "file";

    /// <summary>The media type of a kind of content item whose media type is unknown.</summary>
    public static string Default(string? kind) => kind switch
    {
        "image" => "image/jpeg",
        "audio" => "audio/wav",
        _ => "application/octet-stream",
    };

    /// <summary>The media type of a format, such as <c>wav</c>. A media type is returned unchanged.</summary>
    /// <param name="format">The format.</param>
    /// <param name="kind">The kind of content item, for formats that are not known.</param>
    public static string OfFormat(string format, string? kind) =>
        format.Contains('/') ? format : ByExtension.GetValueOrDefault(format) ?? $"{kind ?? "application"}/{format.ToLowerInvariant()}";

    /// <summary>The media type for the extension of a file name or address. Null if it has no known extension.</summary>
    public static string? OfName(string? name)
    {
        var end = name?.IndexOfAny(['?', '#']) ?? -1;
        return name is not null && Path.GetExtension(end < 0 ? name : name[..end]) is { Length: > 1 } extension
            ? ByExtension.GetValueOrDefault(extension[1..])
            : null;
    }

    /// <summary>The file extension of a media type, with its dot. Empty for bytes of any kind.</summary>
    public static string ExtensionOf(string mediaType)
    {
        var name = mediaType[(mediaType.IndexOf('/') + 1)..].Split(';')[0];
        return name == "octet-stream" ? "" : $".{Extensions.GetValueOrDefault(name, name)}";
    }
}
