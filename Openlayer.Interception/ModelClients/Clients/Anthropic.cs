using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>The Anthropic library, as of 13.12. The value of its union types is in the property <c>Value</c>.</summary>
internal static class Anthropic
{
    private static readonly (string Name, ValuePath Path)[] ToolUse =
    [
        ("id", new("ID")),
        ("name", new("Name")),
        ("arguments", new("Input")),
    ];

    private static readonly (string Name, ValuePath Path)[] ServerToolUse =
    [
        ("id", new("ID")),
        ("name", new("Name.Raw()")),
        ("arguments", new("Input")),
    ];

    private static readonly ModelOperation Message = new()
    {
        Prompt = new("parameters.Messages"),
        Instructions = new("parameters.System.Value"),
        RequestedModel = new("parameters.Model.Raw()"),
        Parameters =
        [
            ("max_tokens", new("parameters.MaxTokens")),
            ("temperature", new("parameters.RawBodyData.temperature")),
            ("top_p", new("parameters.RawBodyData.top_p")),
            ("top_k", new("parameters.RawBodyData.top_k")),
            ("stop_sequences", new("parameters.StopSequences")),
            ("thinking", new("parameters.RawBodyData.thinking")),
            ("tool_choice", new("parameters.RawBodyData.tool_choice")),
        ],
        ResponseFormat = new("parameters.RawBodyData.output_config.format"),
        Tools = new("parameters.Tools"),
        ToolFields = [("name", new("Name")), ("description", new("Description")), ("parameters", new("InputSchema.RawData"))],
        Role = new("Role.Raw()"),
        Content = [new("Content.Value", "Content", "Delta", "ContentBlock")],
        WrappedValue = new("Value"),
        ContentMappings =
        [
            new("TextBlock", ContentKind.Text, ("text", new("Text"))),
            new("TextBlockParam", ContentKind.Text, ("text", new("Text"))),
            new("TextDelta", ContentKind.Text, ("text", new("Text"))),
            new("ThinkingBlock", ContentKind.Reasoning, ("text", new("Thinking"))),
            new("ThinkingBlockParam", ContentKind.Reasoning, ("text", new("Thinking"))),
            new("ThinkingDelta", ContentKind.Reasoning, ("text", new("Thinking"))),
            new("ToolUseBlock", ContentKind.ToolCall, ToolUse),
            new("ToolUseBlockParam", ContentKind.ToolCall, ToolUse),
            new("ServerToolUseBlock", ContentKind.ServerToolCall, ServerToolUse),
            new("ServerToolUseBlockParam", ContentKind.ServerToolCall, ServerToolUse),
            new("McpToolUseBlock", ContentKind.ServerToolCall, ToolUse),
            new("McpToolUseBlockParam", ContentKind.ServerToolCall, ToolUse),
            new("InputJsonDelta", ContentKind.ToolCallFragment, ("arguments", new("PartialJson"))),
            new("ToolResultBlockParam", ContentKind.ToolResult, ("id", new("ToolUseID")), ("result", new("Content.Value", "Content.Json"))),
            new(
                "ImageBlockParam",
                ContentKind.Media,
                ("mediaType", new("Source.Value.MediaType.Raw()")),
                ("uri", new("Source.Value.Url")),
                ("fileId", new("Source.Value.FileID")),
                ("data", new("Source.Value.Data")))
            {
                MediaKind = "image",
            },
            new(
                "DocumentBlockParam",
                ContentKind.Media,
                ("mediaType", new("Source.Value.MediaType.ToString()")),
                ("name", new("Title")),
                ("uri", new("Source.Value.Url")),
                ("fileId", new("Source.Value.FileID")),
                ("data", new("Source.Value.Data"))),
        ],
        Response = new("Value"),
        ToolCallIndex = new("Index"),
        MetadataSource = new("Message"),
        ServedModel = new("Model.Raw()"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokens"),
        CompletionTokens = new("OutputTokens"),
        PromptTokensExcludeCache = true,
        UsageMetadata =
        [
            ("cachedTokens", new("CacheReadInputTokens")),
            ("cacheCreationTokens", new("CacheCreationInputTokens")),
            ("reasoningTokens", new("OutputTokensDetails.ThinkingTokens")),
        ],
        Metadata =
        [
            ("responseId", new("ID")),
            ("servedModel", new("Model.Raw()")),
            ("finishReason", new("StopReason.Raw()", "Delta.StopReason.Raw()")),
        ],
        RawResponse = new("RawData"),
    };

    // The beta API has classes of its own, with the same names after a prefix.
    private static readonly ModelOperation BetaMessage = Message with
    {
        ContentMappings =
        [
            .. Message.ContentMappings.Select(static mapping => mapping with { TypeName = $"Beta{mapping.TypeName}" }),
            .. Message.ContentMappings.Where(static mapping => mapping.TypeName == "DocumentBlockParam")
                .Select(static mapping => mapping with { TypeName = "BetaRequestDocumentBlock" }),
        ],
    };

    public static readonly ProviderClient[] Clients =
    [
        .. Services("", Message, BetaMessage),

        // These return the unread HTTP response, which only the caller can read.
        .. Services("WithRawResponse", Message with { IsResultOpaque = true }, BetaMessage with { IsResultOpaque = true }),
    ];

    private static ProviderClient[] Services(string suffix, ModelOperation message, ModelOperation betaMessage) =>
    [
        Client($"Anthropic.Services.IMessageService{suffix}", [message with { Method = "Create" }, message with { Method = "CreateStreaming" }]),
        Client(
            $"Anthropic.Services.Beta.IMessageService{suffix}",
            [betaMessage with { Method = "Create" }, betaMessage with { Method = "CreateStreaming" }]),
        Client($"Anthropic.Services.IBetaService{suffix}", [], "get_Messages"),
        Client($"Anthropic.IAnthropicClient{suffix}", [], "get_Messages", "get_Beta"),
    ];

    private static ProviderClient Client(string typeName, ModelOperation[] operations, params string[] factories) => new()
    {
        TypeName = typeName,
        AssemblyName = "Anthropic",
        Provider = "Anthropic",
        Operations = operations,
        FactoryMembers = [.. factories, "WithOptions", "get_WithRawResponse"],
    };
}
