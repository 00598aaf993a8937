namespace Openlayer.Interception.Providers;

/// <summary>A picture or the like that a message holds as base64, of which only the size is recorded.</summary>
/// <param name="Length">How long the base64 is.</param>
internal sealed record EncodedMedia(int Length);
