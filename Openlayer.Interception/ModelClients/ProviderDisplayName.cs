namespace Openlayer.Interception.ModelClients;

/// <summary>How a provider is shown.</summary>
/// <param name="Provider">
/// The step's provider. In lower case it is the slug under which Openlayer knows the provider's prices, which are those of LiteLLM's table.
/// </param>
/// <param name="StepPrefix">The first words of its steps' names.</param>
/// <param name="ChatNoun">What the provider calls the response of a chat model.</param>
internal sealed record ProviderDisplayName(string? Provider, string? StepPrefix, string ChatNoun = ProviderDisplayName.ChatCompletion)
{
    private const string ChatCompletion = "Chat Completion";

    private static readonly ProviderDisplayName OpenAI = new("OpenAI", "OpenAI");
    private static readonly ProviderDisplayName Azure = new("Azure", "Azure OpenAI");
    private static readonly ProviderDisplayName AzureAI = Azure with { StepPrefix = "Azure AI" };
    private static readonly ProviderDisplayName Anthropic = new("Anthropic", "Anthropic", "Message Creation");
    private static readonly ProviderDisplayName Gemini = new("Gemini", "Gemini", "Generation");
    private static readonly ProviderDisplayName VertexAI = new("vertex_ai", "Vertex AI", "Generation");
    private static readonly ProviderDisplayName Bedrock = new("Bedrock", "AWS Bedrock", "Model Invocation");
    private static readonly ProviderDisplayName Groq = new("Groq", "Groq");
    private static readonly ProviderDisplayName Mistral = new("Mistral", "Mistral");
    private static readonly ProviderDisplayName Ollama = new("Ollama", "Ollama");
    private static readonly ProviderDisplayName Cohere = new("Cohere", "Cohere");
    private static readonly ProviderDisplayName DeepSeek = new("DeepSeek", "DeepSeek");
    private static readonly ProviderDisplayName XAI = new("xAI", "xAI");
    private static readonly ProviderDisplayName Perplexity = new("Perplexity", "Perplexity");
    private static readonly ProviderDisplayName OpenRouter = new("OpenRouter", "OpenRouter");
    private static readonly ProviderDisplayName TogetherAI = new("together_ai", "Together AI");
    private static readonly ProviderDisplayName FireworksAI = new("fireworks_ai", "Fireworks AI");
    private static readonly ProviderDisplayName Cerebras = new("Cerebras", "Cerebras");

    // From the names that clients report, without blanks, underscores and hyphens, to those that Openlayer prices. Where there is an API after
    // a provider's name, as in openai.responses, the part before the first dot counts, unless the whole is here.
    private static readonly Dictionary<string, ProviderDisplayName> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = OpenAI,
        ["azure"] = Azure,
        ["azure.openai"] = Azure,
        ["azureopenai"] = Azure,
        ["azure.ai.openai"] = Azure,
        ["az.ai.openai"] = Azure,
        ["azure.ai.inference"] = AzureAI,
        ["azureai"] = AzureAI,
        ["az.ai.inference"] = AzureAI,
        ["anthropic"] = Anthropic,
        ["groq"] = Groq,
        ["mistral"] = Mistral,
        ["mistralai"] = Mistral,
        ["mistralclient"] = Mistral,
        ["ollama"] = Ollama,
        ["ollamachat"] = Ollama,
        ["gemini"] = Gemini,
        ["google"] = Gemini,
        ["googleai"] = Gemini,
        ["googleaistudio"] = Gemini,
        ["googlegenai"] = Gemini,
        ["googlegemini"] = Gemini,
        ["gcp.gemini"] = Gemini,
        ["gcp.genai"] = Gemini,
        ["gcp.vertexai"] = VertexAI,
        ["google.vertex"] = VertexAI,
        ["googlevertex"] = VertexAI,
        ["googlevertexai"] = VertexAI,
        ["vertexai"] = VertexAI,
        ["bedrock"] = Bedrock,
        ["bedrockconverse"] = Bedrock,
        ["aws"] = Bedrock,
        ["awsbedrock"] = Bedrock,
        ["aws.bedrock"] = Bedrock,
        ["amazon"] = Bedrock,
        ["amazonbedrock"] = Bedrock,
        ["amazon.bedrock"] = Bedrock,
        ["cohere"] = Cohere,
        ["coherechat"] = Cohere,
        ["cohereclient"] = Cohere,
        ["deepseek"] = DeepSeek,
        ["xai"] = XAI,
        ["perplexity"] = Perplexity,
        ["openrouter"] = OpenRouter,
        ["togetherai"] = TogetherAI,
        ["together"] = TogetherAI,
        ["fireworksai"] = FireworksAI,
        ["fireworks"] = FireworksAI,
        ["cerebras"] = Cerebras,
    };

    // What serves the protocol of OpenAI, so that a client for OpenAI can call it: by the end of the host's name.
    private static readonly (string Host, ProviderDisplayName Provider)[] Hosts =
    [
        (".openai.azure.com", Azure),
        (".cognitiveservices.azure.com", Azure),
        (".services.ai.azure.com", Azure),
        (".inference.ai.azure.com", AzureAI),
        ("api.groq.com", Groq),
        ("api.mistral.ai", Mistral),
        ("api.deepseek.com", DeepSeek),
        ("api.x.ai", XAI),
        ("api.perplexity.ai", Perplexity),
        ("openrouter.ai", OpenRouter),
        ("api.together.xyz", TogetherAI),
        ("api.fireworks.ai", FireworksAI),
        ("api.cerebras.ai", Cerebras),
        ("generativelanguage.googleapis.com", Gemini),
        ("aiplatform.googleapis.com", VertexAI),
        (".amazonaws.com", Bedrock),
        ("api.anthropic.com", Anthropic),
        ("api.cohere.ai", Cohere),
        ("api.cohere.com", Cohere),
        ("ollama.com", Ollama),
    ];

    // The regions of Bedrock's inference profiles. What follows is the name of the model, which begins with that of its maker.
    private static readonly string[] Regions = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "sa.", "us-gov.", "global."];

    public static ProviderDisplayName None { get; } = new(null, null);

    /// <summary>
    /// The display name for a provider's own name: the known spelling, else the name unchanged. The name of an API after the provider's, as in
    /// <c>openai.responses</c>, does not count.
    /// </summary>
    /// <param name="name">The name. Null if unknown.</param>
    /// <param name="endpoint">The address that a client for OpenAI calls, which can be another provider's. Null if unknown.</param>
    public static ProviderDisplayName Of(string? name, Uri? endpoint = null)
    {
        if (string.IsNullOrEmpty(name))
        {
            return None;
        }

        var plain = string.Concat(name.Where(static character => character is not (' ' or '_' or '-')));
        var known = Known.GetValueOrDefault(plain)
            ?? Known.GetValueOrDefault(plain.Split('.')[0])
            ?? new ProviderDisplayName(name, name);
        return ReferenceEquals(known, OpenAI) && endpoint is { IsAbsoluteUri: true } ? OfHost(endpoint.Host) ?? known : known;
    }

    /// <summary>The name of a step of this provider.</summary>
    /// <param name="type">The step's type.</param>
    /// <param name="noun">What the API calls its response. Null for what the provider calls it.</param>
    public string StepName(StepType type, string? noun)
    {
        var kind = noun ?? (type == StepType.Embedding ? "Embedding" : ChatNoun);
        return StepPrefix is null ? kind : $"{StepPrefix} {kind}";
    }

    /// <summary>
    /// The provider and the name under which a model has a price: without the path, the region or the provider's slug before it. A client for
    /// OpenAI can call a gateway, which takes the slug of another provider: <c>anthropic/claude-sonnet-4-5</c>.
    /// </summary>
    public (ProviderDisplayName Provider, string? Model) Resolve(string? model)
    {
        if (string.IsNullOrEmpty(model))
        {
            return (this, model);
        }

        if (ReferenceEquals(this, Gemini) || ReferenceEquals(this, VertexAI))
        {
            return (this, AfterPath(model));
        }

        if (ReferenceEquals(this, Bedrock))
        {
            return (this, WithoutRegion(AfterPath(model)));
        }

        var slash = model.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == model.Length - 1)
        {
            return (this, model);
        }

        var slug = model[..slash];
        if (string.Equals(slug, Provider, StringComparison.OrdinalIgnoreCase))
        {
            return (this, model[(slash + 1)..]);
        }

        return ReferenceEquals(this, OpenAI) && OfSlug(slug) is { } other ? other.Resolve(model[(slash + 1)..]) : (this, model);
    }

    private static ProviderDisplayName? OfHost(string host) =>
        Array.Find(Hosts, known => host.EndsWith(known.Host, StringComparison.OrdinalIgnoreCase)).Provider;

    private static ProviderDisplayName? OfSlug(string slug) =>
        Known.Values.FirstOrDefault(known => string.Equals(known.Provider, slug, StringComparison.OrdinalIgnoreCase));

    private static string AfterPath(string model) => model[(model.LastIndexOf('/') + 1)..];

    private static string WithoutRegion(string model) =>
        Array.Find(Regions, region => model.StartsWith(region, StringComparison.OrdinalIgnoreCase)) is { } region ? model[region.Length..] : model;
}
