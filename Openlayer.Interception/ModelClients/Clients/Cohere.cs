namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>
/// The second version of Cohere's API in the package Cohere of tryAGI, by its documentation: no test runs the package itself. The value of its
/// union types is in <c>Object</c>, <c>Value1</c> or <c>Value2</c>.
/// </summary>
internal static class Cohere
{
    private static readonly ModelOperation Chat = new()
    {
        Prompt = new("request.Messages", "messages"),
        RequestedModel = new("request.Model", "model"),
        Parameters =
        [
            ("temperature", new("request.Temperature", "temperature")),
            ("max_tokens", new("request.MaxTokens", "maxTokens")),
            ("p", new("request.P", "p")),
            ("k", new("request.K", "k")),
            ("frequency_penalty", new("request.FrequencyPenalty", "frequencyPenalty")),
            ("presence_penalty", new("request.PresencePenalty", "presencePenalty")),
            ("seed", new("request.Seed", "seed")),
            ("stop_sequences", new("request.StopSequences", "stopSequences")),
        ],
        ResponseFormat = new("request.ResponseFormat", "responseFormat"),
        Tools = new("request.Tools", "tools"),
        ToolFields = [("name", new("Function.Name")), ("description", new("Function.Description")), ("parameters", new("Function.Parameters"))],
        Role = new("Object.Role.ToString()", "Role.ToString()"),
        MessageFields = [("tool_call_id", new("Object.ToolCallId"))],
        Content =
        [
            new("Object.Content.Value1", "Object.Content.Value2", "Message.Content", "ContentDelta.Event3m0vqs.Delta.Message.Content.Text"),
            new("Object.ToolCalls", "Message.ToolCalls"),
        ],
        WrappedValue = new("Object"),
        ContentMappings =
        [
            new("ChatTextContent", ContentKind.Text, ("text", new("Text"))),
            new("ChatThinkingContent", ContentKind.Reasoning, ("text", new("Thinking"))),
            new("ImageContent", ContentKind.Media, ("uri", new("ImageUrl.Url"))) { MediaKind = "image" },
            new("ToolCallV2", ContentKind.ToolCall, ("id", new("Id")), ("name", new("Function.Name")), ("arguments", new("Function.Arguments"))),
        ],
        Usage = new("Usage", "MessageEnd.U3fzny.Delta.Usage"),
        PromptTokens = new("Tokens.InputTokens", "BilledUnits.InputTokens"),
        CompletionTokens = new("Tokens.OutputTokens", "BilledUnits.OutputTokens"),
        UsageMetadata = [("cachedTokens", new("CachedTokens"))],
        Metadata = [("responseId", new("Id")), ("finishReason", new("FinishReason.ToString()", "MessageEnd.U3fzny.Delta.FinishReason.ToString()"))],
    };

    private static readonly ModelOperation Embed = new()
    {
        Method = "Embed2Async",
        StepType = StepType.Embedding,
        Prompt = new("request.Texts", "texts"),
        RequestedModel = new("request.Model", "model"),
        Parameters = [("output_dimension", new("request.OutputDimension", "outputDimension"))],
        Usage = new("Meta"),
        PromptTokens = new("BilledUnits.InputTokens", "Tokens.InputTokens"),
        Tokens = new("BilledUnits.InputTokens", "Tokens.InputTokens"),
        Metadata = [("responseId", new("Id"))],
        EmbeddingCount = new("Embeddings.Float.Count", "Embeddings.Int8.Count", "Embeddings.Base64.Count"),
        EmbeddingDimensions = new("Embeddings.Float.0.Count", "Embeddings.Int8.0.Count", "Embeddings.Base64.0"),
    };

    private static readonly ModelOperation Rerank = new()
    {
        Method = "Rerank2Async",
        StepName = "Cohere Rerank",
        StepType = StepType.Retriever,
        Prompt = new("request.Query", "query"),
        Parameters =
        [
            ("model", new("request.Model", "model")),
            ("top", new("request.TopN", "topN")),
            ("documents", new("request.Documents", "documents")),
        ],
        Documents = new("Results"),
        DocumentFields = [("index", new("Index")), ("score", new("RelevanceScore"))],
        Metadata = [("responseId", new("Id"))],
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Cohere.IV2Client",
            AssemblyName = "Cohere",
            Provider = "cohere",
            Operations = [Chat with { Method = "Chat2Async" }, Chat with { Method = "Chat2AsStreamAsync" }, Embed, Rerank],
        },
    ];
}
