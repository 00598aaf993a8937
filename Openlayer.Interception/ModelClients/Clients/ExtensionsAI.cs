namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Microsoft.Extensions.AI, as of 10.11.</summary>
internal static class ExtensionsAI
{
    public static readonly ContentMapping[] ContentMappings =
    [
        new("TextContent", ContentKind.Text, ("text", new("Text"))),
        new("TextReasoningContent", ContentKind.Reasoning, ("text", new("Text"))),
        new("FunctionCallContent", ContentKind.ToolCall, ("id", new("CallId")), ("name", new("Name")), ("arguments", new("Arguments"))),
        new("FunctionResultContent", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("Result"))),
        new("McpServerToolCallContent", ContentKind.ServerToolCall, ("id", new("CallId")), ("name", new("Name")), ("arguments", new("Arguments"))),
        new("McpServerToolResultContent", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("Outputs"))),
        new("ToolApprovalRequestContent", ContentKind.Group, ("parts", new("ToolCall"))),
        new("ImageGenerationToolResultContent", ContentKind.Group, ("parts", new("Outputs"))),
        new(
            "DataContent",
            ContentKind.AudioFragment,
            ("text", new("RawRepresentation.Transcript", "RawRepresentation.TranscriptUpdate")),
            ("mediaType", new("MediaType")),
            ("data", new("Data")),
            ("audioId", new("RawRepresentation.Id")))
        {
            When = new("RawRepresentation.Transcript", "RawRepresentation.TranscriptUpdate"),
        },
        new("DataContent", ContentKind.Media, ("mediaType", new("MediaType")), ("name", new("Name")), ("data", new("Data"))),
        new("UriContent", ContentKind.Media, ("mediaType", new("MediaType")), ("uri", new("Uri"))),
        new("HostedFileContent", ContentKind.Media, ("mediaType", new("MediaType")), ("name", new("Name")), ("bytes", new("SizeInBytes")), ("fileId", new("FileId"))),
        new("ErrorContent", ContentKind.Error, ("message", new("Message")), ("code", new("ErrorCode"))),
        new("UsageContent", ContentKind.Usage, ("usage", new("Details"))),
    ];

    public static readonly ModelOperation Chat = new()
    {
        Prompt = new("messages"),
        Instructions = new("options.Instructions"),
        RequestedModel = new("options.ModelId"),
        Parameters =
        [
            ("temperature", new("options.Temperature")),
            ("max_tokens", new("options.MaxOutputTokens")),
            ("top_p", new("options.TopP")),
            ("top_k", new("options.TopK")),
            ("frequency_penalty", new("options.FrequencyPenalty")),
            ("presence_penalty", new("options.PresencePenalty")),
            ("seed", new("options.Seed")),
            ("stop", new("options.StopSequences")),
        ],
        ResponseFormat = new("options.ResponseFormat"),
        Tools = new("options.Tools"),
        Role = new("Role.Value"),
        MessageFields = [("name", new("AuthorName"))],
        Content = [new("Contents")],
        ContentMappings = ContentMappings,
        ResponseMessages = new("Messages"),
        ServedModel = new("ModelId"),
        Usage = new("Usage"),
        UsageAccumulates = true,
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata =
        [
            ("cachedTokens", new("CachedInputTokenCount")),
            ("cacheCreationTokens", new("AdditionalCounts.CacheCreationInputTokens", "AdditionalCounts.cache_creation_input_tokens")),
            ("reasoningTokens", new("ReasoningTokenCount")),

            // The adapter of OpenAI has them under the names of OpenAI.
            ("inputAudioTokens", new("InputAudioTokenCount", "AdditionalCounts.InputTokenDetails:AudioTokenCount")),
            ("outputAudioTokens", new("OutputAudioTokenCount", "AdditionalCounts.OutputTokenDetails:AudioTokenCount")),
        ],
        Metadata = [("responseId", new("ResponseId")), ("servedModel", new("ModelId")), ("finishReason", new("FinishReason.Value"))],
    };

    private static readonly ModelOperation Embeddings = new()
    {
        StepType = StepType.Embedding,
        Prompt = new("values"),
        ContentMappings = ContentMappings,
        RequestedModel = new("options.ModelId"),
        Parameters = [("dimensions", new("options.Dimensions"))],
        ServedModel = new("0.ModelId"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        Tokens = new("TotalTokenCount"),
        Metadata = [("servedModel", new("0.ModelId"))],
        EmbeddingCount = new("Count"),
        EmbeddingDimensions = new("0.Dimensions"),
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Microsoft.Extensions.AI.IChatClient",
            AssemblyName = "Microsoft.Extensions.AI.Abstractions",
            MetadataTypeName = "Microsoft.Extensions.AI.ChatClientMetadata",
            TakesTools = true,
            DefaultModel = new("DefaultModelId"),
            Operations = [Chat with { Method = "GetResponseAsync" }, Chat with { Method = "GetStreamingResponseAsync" }],
        },
        new()
        {
            TypeName = "Microsoft.Extensions.AI.IEmbeddingGenerator`2",
            AssemblyName = "Microsoft.Extensions.AI.Abstractions",
            MetadataTypeName = "Microsoft.Extensions.AI.EmbeddingGeneratorMetadata",
            DefaultModel = new("DefaultModelId"),
            Operations = [Embeddings with { Method = "GenerateAsync" }],
        },
    ];
}
