namespace Openlayer.Interception.Capture;

/// <summary>Estimates how much memory captured values hold, without a second walk through them.</summary>
internal static class CapturedSize
{
    /// <summary>An object or the entry of a dictionary: headers, references and scalars.</summary>
    public const int Entry = 64;

    /// <summary>The estimated bytes of a captured value. Scalars are part of what holds them. Never changes for one value.</summary>
    public static long Of(object? captured) => captured switch
    {
        string text => OfText(text),
        CapturedText text => 2L * text.EstimatedLength,
        CapturedJson json => json.EstimatedBytes,
        _ => 0,
    };

    public static long OfText(string text) => 2L * text.Length;
}
