namespace Openlayer.Interception.ModelClients;

/// <summary>A picture or the like that a message holds as base64, of which only the size is recorded.</summary>
/// <param name="Data">The base64.</param>
internal sealed record Base64Media(string Data);
