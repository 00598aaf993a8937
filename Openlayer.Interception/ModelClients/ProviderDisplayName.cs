namespace Openlayer.Interception.ModelClients;

/// <summary>How a provider is shown.</summary>
/// <param name="Provider">The step's provider. In lower case it is the name under which Openlayer knows the provider's prices.</param>
/// <param name="StepPrefix">The first words of its steps' names.</param>
/// <param name="ChatNoun">What the provider calls the response of a chat model.</param>
internal sealed record ProviderDisplayName(string? Provider, string? StepPrefix, string ChatNoun = ProviderDisplayName.ChatCompletion)
{
    private const string ChatCompletion = "Chat Completion";

    private static readonly ProviderDisplayName OpenAI = new("OpenAI", "OpenAI");
    private static readonly ProviderDisplayName Azure = new("Azure", "Azure OpenAI");
    private static readonly ProviderDisplayName Gemini = new("Gemini", "Gemini", "Generation");
    private static readonly ProviderDisplayName VertexAI = new("vertex_ai", "Vertex AI", "Generation");
    private static readonly ProviderDisplayName Bedrock = new("Bedrock", "AWS Bedrock", "Model Invocation");

    // From the names that clients report to those that the Openlayer SDKs use.
    private static readonly Dictionary<string, ProviderDisplayName> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = OpenAI,
        ["azure"] = Azure,
        ["azure.openai"] = Azure,
        ["azureopenai"] = Azure,
        ["azure.ai.openai"] = Azure,
        ["az.ai.openai"] = Azure,
        ["azure.ai.inference"] = Azure with { StepPrefix = "Azure AI" },
        ["az.ai.inference"] = Azure with { StepPrefix = "Azure AI" },
        ["anthropic"] = new("Anthropic", "Anthropic", "Message Creation"),
        ["groq"] = new("Groq", "Groq"),
        ["mistral"] = new("Mistral", "Mistral"),
        ["mistralai"] = new("Mistral", "Mistral"),
        ["ollama"] = new("Ollama", "Ollama"),
        ["gemini"] = Gemini,
        ["google"] = Gemini,
        ["googleai"] = Gemini,
        ["googlegenai"] = Gemini,
        ["googlegemini"] = Gemini,
        ["gcp.gemini"] = Gemini,
        ["gcp.genai"] = Gemini,
        ["gcp.vertexai"] = VertexAI,
        ["vertexai"] = VertexAI,
        ["bedrock"] = Bedrock,
        ["aws"] = Bedrock,
        ["awsbedrock"] = Bedrock,
        ["aws.bedrock"] = Bedrock,
        ["amazonbedrock"] = Bedrock,
        ["amazon.bedrock"] = Bedrock,
        ["cohere"] = new("Cohere", "Cohere"),
        ["deepseek"] = new("DeepSeek", "DeepSeek"),
        ["xai"] = new("xAI", "xAI"),
        ["perplexity"] = new("Perplexity", "Perplexity"),
        ["openrouter"] = new("OpenRouter", "OpenRouter"),
    };

    public static ProviderDisplayName None { get; } = new(null, null);

    /// <summary>
    /// The display name for a provider's own name: the known spelling, else the name unchanged. The name of an API after the provider's, as in
    /// <c>openai.responses</c>, does not count.
    /// </summary>
    public static ProviderDisplayName Of(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return None;
        }

        var plain = string.Concat(name.Where(static character => character is not (' ' or '_' or '-')));
        return Known.GetValueOrDefault(plain)
            ?? Known.GetValueOrDefault(plain.Split('.')[0])
            ?? new ProviderDisplayName(name, name);
    }

    /// <summary>The name of a step of this provider.</summary>
    /// <param name="type">The step's type.</param>
    /// <param name="noun">What the API calls its response. Null for what the provider calls it.</param>
    public string StepName(StepType type, string? noun)
    {
        var kind = noun ?? (type == StepType.Embedding ? "Embedding" : ChatNoun);
        return StepPrefix is null ? kind : $"{StepPrefix} {kind}";
    }

    /// <summary>A model's name without the path that some APIs put before it, such as <c>models/</c>.</summary>
    public string? ModelName(string? model) =>
        model is not null && (ReferenceEquals(this, Gemini) || ReferenceEquals(this, VertexAI)) ? model[(model.LastIndexOf('/') + 1)..] : model;
}
