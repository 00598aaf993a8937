using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Azure.AI.Inference, as of 1.0.0-beta.5.</summary>
internal static class AzureInference
{
    private static readonly ModelOperation Chat = new()
    {
        Prompt = new("chatCompletionsOptions.Messages"),
        RequestedModel = new("chatCompletionsOptions.Model"),
        Parameters =
        [
            ("temperature", new("chatCompletionsOptions.Temperature")),
            ("max_tokens", new("chatCompletionsOptions.MaxTokens")),
            ("top_p", new("chatCompletionsOptions.NucleusSamplingFactor")),
            ("frequency_penalty", new("chatCompletionsOptions.FrequencyPenalty")),
            ("presence_penalty", new("chatCompletionsOptions.PresencePenalty")),
            ("seed", new("chatCompletionsOptions.Seed")),
            ("stop", new("chatCompletionsOptions.StopSequences")),
        ],
        ResponseFormat = new("chatCompletionsOptions.ResponseFormat"),
        Tools = new("chatCompletionsOptions.Tools"),
        ToolFields = [("name", new("Name")), ("description", new("Description")), ("parameters", new("Parameters.ToString()"))],
        RolesByTypeName =
        [
            ("ChatRequestSystemMessage", "system"),
            ("ChatRequestDeveloperMessage", "developer"),
            ("ChatRequestUserMessage", "user"),
            ("ChatRequestAssistantMessage", "assistant"),
            ("ChatRequestToolMessage", "tool"),
        ],
        MessageFields = [("tool_call_id", new("ToolCallId")), ("name", new("ParticipantName"))],
        Content = [new("Content", "MultimodalContentItems", "ContentUpdate"), new("ToolCalls", "ToolCallUpdate")],
        ContentMappings =
        [
            new("ChatMessageTextContentItem", ContentKind.Text, ("text", new("Text"))),

            // What these hold is not public.
            new("ChatMessageImageContentItem", ContentKind.Media) { MediaKind = "image" },
            new("ChatMessageAudioContentItem", ContentKind.Media) { MediaKind = "audio" },
            new("ChatCompletionsToolCall", ContentKind.ToolCall, ("id", new("Id")), ("name", new("Name")), ("arguments", new("Arguments"))),
            new(
                "StreamingChatResponseToolCallUpdate",
                ContentKind.ToolCallFragment,
                ("id", new("Id")),
                ("name", new("Function.Name")),
                ("arguments", new("Function.Arguments"))),
        ],
        Response = new("Value"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("PromptTokens"),
        CompletionTokens = new("CompletionTokens"),
        Tokens = new("TotalTokens"),
        Metadata = [("responseId", new("Id")), ("servedModel", new("Model")), ("finishReason", new("FinishReason.ToString()"))],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly ModelOperation Streamed = Chat with { StreamField = "_asyncEnumerableSource", Response = ValuePath.None };

    private static readonly ModelOperation Embeddings = new()
    {
        StepType = StepType.Embedding,
        Prompt = new("embeddingsOptions.Input", "imageEmbeddingsOptions.Input"),
        RequestedModel = new("embeddingsOptions.Model", "imageEmbeddingsOptions.Model"),
        Parameters = [("dimensions", new("embeddingsOptions.Dimensions", "imageEmbeddingsOptions.Dimensions"))],
        ContentMappings =
        [
            new("ImageEmbeddingInput", ContentKind.Media, ("name", new("Text")), ("uri", new("Image"))) { MediaKind = "image" },
        ],
        Response = new("Value"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("PromptTokens"),
        Tokens = new("TotalTokens"),
        Metadata = [("responseId", new("Id")), ("servedModel", new("Model"))],
        EmbeddingCount = new("Data.Count"),
        EmbeddingDimensions = new("Data.0.Embedding.ToString().Json().GetArrayLength()", "Data.0.Embedding.ToString().Json()"),
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    public static readonly ProviderClient[] Clients =
    [
        Client(
            "ChatCompletionsClient",
            Chat with { Method = "Complete", RequiredParameter = "chatCompletionsOptions" },
            Chat with { Method = "CompleteAsync", RequiredParameter = "chatCompletionsOptions" },
            Streamed with { Method = "CompleteStreaming" },
            Streamed with { Method = "CompleteStreamingAsync" }),
        Client(
            "EmbeddingsClient",
            Embeddings with { Method = "Embed", RequiredParameter = "embeddingsOptions" },
            Embeddings with { Method = "EmbedAsync", RequiredParameter = "embeddingsOptions" }),
        Client(
            "ImageEmbeddingsClient",
            Embeddings with { Method = "Embed", RequiredParameter = "imageEmbeddingsOptions" },
            Embeddings with { Method = "EmbedAsync", RequiredParameter = "imageEmbeddingsOptions" }),
    ];

    private static ProviderClient Client(string name, params ModelOperation[] operations) => new()
    {
        TypeName = $"Azure.AI.Inference.{name}",
        AssemblyName = "Azure.AI.Inference",
        Provider = "azure.ai.inference",
        Operations = operations,
    };
}
