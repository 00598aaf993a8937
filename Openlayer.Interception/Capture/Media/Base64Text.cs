namespace Openlayer.Interception.Capture.Media;

/// <summary>Text that holds bytes as base64, in the standard or the URL alphabet.</summary>
internal static class Base64Text
{
    /// <summary>The number of bytes that base64 text holds.</summary>
    public static long DecodedLength(ReadOnlySpan<char> text)
    {
        var digits = text.TrimEnd('=').Length;
        return (digits * 3L) / 4;
    }
}
