namespace Openlayer.Interception.ModelClients;

/// <summary>An image or the like that a message holds as base64. Only its size is recorded.</summary>
/// <param name="Data">The base64 text.</param>
internal sealed record Base64Media(string Data);
