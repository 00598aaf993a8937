using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Semantic Kernel, as of 1.82.</summary>
internal static class SemanticKernel
{
    private const string Abstractions = "Microsoft.SemanticKernel.Abstractions";

    private static readonly ModelOperation Chat = new()
    {
        Prompt = new("chatHistory"),
        RequestedModel = new("executionSettings.ModelId"),
        Parameters =
        [
            ("temperature", new("executionSettings.Temperature", "executionSettings.ExtensionData.temperature")),
            ("max_tokens", new("executionSettings.MaxTokens", "executionSettings.ExtensionData.max_tokens")),
            ("top_p", new("executionSettings.TopP", "executionSettings.ExtensionData.top_p")),
            ("frequency_penalty", new("executionSettings.FrequencyPenalty", "executionSettings.ExtensionData.frequency_penalty")),
            ("presence_penalty", new("executionSettings.PresencePenalty", "executionSettings.ExtensionData.presence_penalty")),
            ("seed", new("executionSettings.Seed", "executionSettings.ExtensionData.seed")),
            ("stop", new("executionSettings.StopSequences", "executionSettings.ExtensionData.stop")),
        ],
        ResponseFormat = new("executionSettings.ResponseFormat"),
        Tools = new("kernel.Plugins"),
        ToolSets = ["DefaultKernelPlugin"],
        ToolFields = [("plugin", new("PluginName")), ("name", new("Name")), ("description", new("Description")), ("parameters", new("JsonSchema"))],

        // The other classes of ToolCallBehavior do not show which functions they offer.
        ToolSelection = new(
            new("executionSettings.FunctionChoiceBehavior", "executionSettings.ToolCallBehavior"),
            ["AutoFunctionChoiceBehavior", "RequiredFunctionChoiceBehavior", "NoneFunctionChoiceBehavior", "KernelFunctions"],
            new("Functions"),
            "plugin",
            "name"),
        Role = new("Role.Label"),
        Content = [new("Items")],
        ContentMappings =
        [
            new("TextContent", ContentKind.Text, ("text", new("Text"))),
            new("StreamingTextContent", ContentKind.Text, ("text", new("Text"))),
            new("ReasoningContent", ContentKind.Reasoning, ("text", new("Text"))),
            new("StreamingReasoningContent", ContentKind.Reasoning, ("text", new("InnerContent"))),
            new(
                "FunctionCallContent",
                ContentKind.ToolCall,
                ("id", new("Id")),
                ("plugin", new("PluginName")),
                ("name", new("FunctionName")),

                // The JSON that the model wrote: Semantic Kernel turns every argument into text.
                ("arguments", new("InnerContent.FunctionArguments.ToString()", "Arguments"))),
            new(
                "StreamingFunctionCallUpdateContent",
                ContentKind.ToolCallFragment,
                ("id", new("CallId")),
                ("name", new("Name")),
                ("arguments", new("Arguments"))),
            new("FunctionResultContent", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("Result"))),
            BinaryContent("ImageContent") with { MediaKind = "image" },
            new(
                "AudioContent",
                ContentKind.AudioFragment,
                ("text", new("Metadata.Transcript", "InnerContent.Transcript")),
                ("mediaType", new("MimeType")),
                ("data", new("Data")))
            {
                When = new("Metadata.Transcript", "InnerContent.Transcript"),
                MediaKind = "audio",
            },
            BinaryContent("AudioContent") with { MediaKind = "audio" },
            BinaryContent("BinaryContent"),
            new("FileReferenceContent", ContentKind.Media, ("mediaType", new("MimeType")), ("fileId", new("FileId"))),
            new("StreamingFileReferenceContent", ContentKind.Media, ("fileId", new("FileId"))),
        ],
        ResponseMessages = new(ValuePath.Self),
        MessagesAreChoices = true,
        ChoiceIndex = new("ChoiceIndex"),
        ToolCallIndex = new("FunctionCallIndex"),
        ToolCallRound = new("RequestIndex"),
        MetadataSource = new("0"),
        ServedModel = new("InnerContent.Model", "ModelId"),
        Usage = new("Metadata.Usage"),
        PromptTokens = new("InputTokenCount", "PromptTokens"),
        CompletionTokens = new("OutputTokenCount", "CompletionTokens"),
        Tokens = new("TotalTokenCount", "TotalTokens"),
        UsageMetadata =
        [
            ("cachedTokens", new("InputTokenDetails.CachedTokenCount", "CachedInputTokenCount")),
            ("inputAudioTokens", new("InputTokenDetails.AudioTokenCount", "InputAudioTokenCount")),
            ("reasoningTokens", new("OutputTokenDetails.ReasoningTokenCount", "ReasoningTokenCount")),
            ("outputAudioTokens", new("OutputTokenDetails.AudioTokenCount", "OutputAudioTokenCount")),
        ],
        Metadata =
        [
            ("responseId", new("Metadata.Id", "Metadata.CompletionId")),
            ("servedModel", new("InnerContent.Model", "ModelId")),
            ("finishReason", new("InnerContent.FinishReason", "Metadata.FinishReason")),
        ],
        RawResponse = new("0.InnerContent"),
    };

    private static readonly ModelOperation Embeddings = new()
    {
        Method = "GenerateEmbeddingsAsync",
        StepType = StepType.Embedding,
        Prompt = new("data"),
        EmbeddingCount = new("Count"),
        EmbeddingDimensions = new("0.Length"),
    };

    private static readonly ModelOperation[] ChatOperations =
    [
        Chat with { Method = "GetChatMessageContentsAsync" },
        Chat with { Method = "GetStreamingChatMessageContentsAsync" },
    ];

    public static readonly ProviderClient[] Clients =
    [
        Client("Microsoft.SemanticKernel.ChatCompletion.IChatCompletionService", Abstractions, null, ChatOperations),
        Client("Microsoft.SemanticKernel.Embeddings.IEmbeddingGenerationService`2", Abstractions, null, [Embeddings]),
        .. Connector("OpenAI", "OpenAI", "OpenAI"),
        .. Connector("AzureOpenAI", "AzureOpenAI", "Azure"),
    ];

    private static ContentMapping BinaryContent(string typeName) =>
        new(typeName, ContentKind.Media, ("mediaType", new("MimeType")), ("uri", new("Uri")), ("data", new("Data")));

    // The interface does not say which provider it uses; the class does.
    private static ProviderClient[] Connector(string connector, string prefix, string provider) =>
    [
        Client(
            $"Microsoft.SemanticKernel.Connectors.{connector}.{prefix}ChatCompletionService",
            $"Microsoft.SemanticKernel.Connectors.{connector}",
            provider,
            ChatOperations),
        Client(
            $"Microsoft.SemanticKernel.Connectors.{connector}.{prefix}TextEmbeddingGenerationService",
            $"Microsoft.SemanticKernel.Connectors.{connector}",
            provider,
            [Embeddings]),
    ];

    private static ProviderClient Client(string typeName, string assemblyName, string? provider, ModelOperation[] operations) => new()
    {
        TypeName = typeName,
        AssemblyName = assemblyName,
        Provider = provider,
        DefaultModel = new("Attributes.ModelId", "Attributes.DeploymentName"),
        Operations = operations,
    };
}
