using System.Buffers;
using System.Text;
using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Removes media from texts of any length. The part of a text that cannot be recorded, because it is beyond the limit, is not searched.
/// </summary>
internal static class BoundedMedia
{
    // Shorter texts are searched as a whole, so that media in them has one placeholder.
    private const int MaxPart = 1024 * 1024;

    private static readonly SearchValues<char> Separators = SearchValues.Create(" \r\n\t\"'<>{}");

    /// <summary>The text without media, or its beginning. Null if nothing is removed.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The number of characters that can be recorded.</param>
    /// <param name="name">The text's name, if that may hold base64.</param>
    /// <param name="missing">Increased by the number of characters after those that were searched.</param>
    public static string? Remove(ReadOnlySpan<char> text, int maxLength, string? name, ref long missing)
    {
        if (text.Length <= MaxPart || (name is not null && Base64Text.Prefix(text) == text.Length))
        {
            return MediaText.Replace(text, name);
        }

        var kept = new StringBuilder();
        var searched = 0;
        while (searched < text.Length && kept.Length <= maxLength)
        {
            var part = text.Slice(searched, PartLength(text[searched..]));
            var withoutMedia = MediaText.Replace(part) ?? part;
            var room = Math.Min(withoutMedia.Length, maxLength + 1 - kept.Length);
            kept.Append(withoutMedia[..room]);
            missing += withoutMedia.Length - room;
            searched += part.Length;
        }

        missing += text.Length - searched;
        return kept.ToString();
    }

    // A part ends where no base64 and no address continues.
    private static int PartLength(ReadOnlySpan<char> text)
    {
        if (text.Length <= MaxPart)
        {
            return text.Length;
        }

        return text[MaxPart..].IndexOfAny(Separators) is var separator and >= 0 ? MaxPart + separator : text.Length;
    }
}
