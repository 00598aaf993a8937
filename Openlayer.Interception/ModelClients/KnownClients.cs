using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>The clients of the model providers' libraries.</summary>
internal static class KnownClients
{
    // Created when the first type of such a library is looked up: it takes milliseconds, which the first call of a service must not wait for.
    private static readonly Lazy<ProviderClient[]> LazyAll = new(static () =>
    [
        .. ExtensionsAI.Clients,
        .. ExtensionsAIMedia.Clients,
        .. OpenAI.Clients,
        .. Anthropic.Clients,
        .. Ollama.Clients,
        .. SemanticKernel.Clients,
        .. Agents.Clients,
        .. AzureInference.Clients,
        .. AzureSearch.Clients,
        .. VectorData.Clients,
        .. Bedrock.Clients,
        .. Cohere.Clients,
        .. Groq.Clients,
    ]);

    public static IReadOnlyList<ProviderClient> All => LazyAll.Value;

    /// <summary>The client that is identified by a type. Null if there is none.</summary>
    public static ProviderClient? Find(Type type) =>
        type.IsOfModelLibrary() ? Array.Find(LazyAll.Value, client => client.Matches(type)) : null;
}
