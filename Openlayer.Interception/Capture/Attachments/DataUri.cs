using System.Text;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>Text that is a data URI, or base64 by itself.</summary>
internal static class DataUri
{
    private const string Scheme = "data:";

    /// <summary>Whether a text is a data URI.</summary>
    public static bool Is(string? text) => text?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The bytes of a data URI or of base64, and the media type that the URI names.</summary>
    public static (AttachmentSource Source, string? MediaType) Of(string text)
    {
        if (!Is(text))
        {
            return (new Base64Source(text), null);
        }

        var header = text[..(text.IndexOf(',', StringComparison.Ordinal) + 1)];
        var body = text[header.Length..];
        var mediaType = header.Length == 0 ? null : header[Scheme.Length..].Split(';', ',')[0].Trim();
        AttachmentSource source = header.TrimEnd(',', ' ').EndsWith("base64", StringComparison.OrdinalIgnoreCase)
            ? new Base64Source(body.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(body) : body)
            : new BytesSource(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(body)));
        return (source, mediaType is { Length: > 0 } ? mediaType : null);
    }
}
