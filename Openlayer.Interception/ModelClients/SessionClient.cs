namespace Openlayer.Interception.ModelClients;

/// <summary>What is known of the client of a session.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The session's model. Null if unknown.</param>
internal sealed record SessionClient(ProviderDisplayName Provider, string? Model);
