using System.Collections.Frozen;

namespace Openlayer.Interception.Telemetry;

/// <summary>The names of providers in <c>gen_ai.provider.name</c>.</summary>
internal static class ProviderNames
{
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>
    {
        ["Azure"] = "azure.ai.openai",
        ["Bedrock"] = "aws.bedrock",
        ["Gemini"] = "gcp.gemini",
        ["vertex_ai"] = "gcp.vertex_ai",
        ["Mistral"] = "mistral_ai",
        ["xAI"] = "x_ai",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The conventions' name of a step's provider: in lower case, unless they have one of their own.</summary>
    public static string Of(string? provider) => provider is null ? "_OTHER" : Known.GetValueOrDefault(provider) ?? provider.ToLowerInvariant();
}
