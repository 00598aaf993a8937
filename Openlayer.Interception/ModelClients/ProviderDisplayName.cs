namespace Openlayer.Interception.ModelClients;

/// <summary>How a provider is shown.</summary>
/// <param name="Provider">The step's provider.</param>
/// <param name="StepPrefix">The first words of its steps' names.</param>
internal sealed record ProviderDisplayName(string? Provider, string? StepPrefix)
{
    // From the names that clients report to those that the Openlayer SDKs use.
    private static readonly Dictionary<string, ProviderDisplayName> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = new("OpenAI", "OpenAI"),
        ["azure"] = new("Azure", "Azure OpenAI"),
        ["azure.openai"] = new("Azure", "Azure OpenAI"),
        ["azure.ai.openai"] = new("Azure", "Azure OpenAI"),
        ["azure_openai"] = new("Azure", "Azure OpenAI"),
        ["anthropic"] = new("Anthropic", "Anthropic"),
        ["groq"] = new("Groq", "Groq"),
        ["mistral"] = new("Mistral", "Mistral"),
        ["mistral_ai"] = new("Mistral", "Mistral"),
        ["ollama"] = new("Ollama", "Ollama"),
    };

    public static ProviderDisplayName None { get; } = new(null, null);

    /// <summary>The display name for a provider's own name: the known spelling, else the name unchanged.</summary>
    public static ProviderDisplayName Of(string? name) =>
        string.IsNullOrEmpty(name) ? None : Known.TryGetValue(name, out var known) ? known : new ProviderDisplayName(name, name);

    /// <summary>The name of a step of this provider.</summary>
    /// <param name="type">The step's type.</param>
    /// <param name="noun">What the provider calls its response. Null for "Chat Completion" or "Embedding".</param>
    public string StepName(StepType type, string? noun)
    {
        var kind = noun ?? (type == StepType.Embedding ? "Embedding" : "Chat Completion");
        return StepPrefix is null ? kind : $"{StepPrefix} {kind}";
    }
}
