using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>AWSSDK.BedrockRuntime 4, by its documentation: no test runs the package itself.</summary>
internal static class Bedrock
{
    private static readonly ModelOperation Converse = new()
    {
        Prompt = new("request.Messages"),
        Instructions = new("request.System"),
        RequestedModel = new("request.ModelId"),
        Parameters =
        [
            ("temperature", new("request.InferenceConfig.Temperature")),
            ("max_tokens", new("request.InferenceConfig.MaxTokens")),
            ("top_p", new("request.InferenceConfig.TopP")),
            ("stop_sequences", new("request.InferenceConfig.StopSequences")),
        ],
        Tools = new("request.ToolConfig.Tools"),
        ToolFields =
        [
            ("name", new("ToolSpec.Name")),
            ("description", new("ToolSpec.Description")),
            ("parameters", new("ToolSpec.InputSchema.Json")),
        ],
        Role = new("Role.Value"),
        Content = [new("Output.Message.Content", "Content")],
        ContentMappings =
        [
            new("SystemContentBlock", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
            new("ContentBlock", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
            new("ContentBlock", ContentKind.Reasoning, ("text", new("ReasoningContent.ReasoningText.Text"))) { When = new("ReasoningContent") },
            new(
                "ContentBlock",
                ContentKind.ToolCall,
                ("id", new("ToolUse.ToolUseId")),
                ("name", new("ToolUse.Name")),
                ("arguments", new("ToolUse.Input")))
            {
                When = new("ToolUse"),
            },
            new("ContentBlock", ContentKind.ToolResult, ("id", new("ToolResult.ToolUseId")), ("result", new("ToolResult.Content"))) { When = new("ToolResult") },
            new("ToolResultContentBlock", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
            new("ContentBlock", ContentKind.Media, ("format", new("Image.Format.Value")), ("stream", new("Image.Source.Bytes"))) { When = new("Image"), MediaKind = "image" },
            new("ContentBlock", ContentKind.Media, ("format", new("Audio.Format.Value")), ("stream", new("Audio.Source.Bytes"))) { When = new("Audio"), MediaKind = "audio" },
            new(
                "ContentBlock",
                ContentKind.Media,
                ("format", new("Document.Format.Value")),
                ("name", new("Document.Name")),
                ("stream", new("Document.Source.Bytes")))
            {
                When = new("Document"),
            },
        ],
        Usage = new("Usage"),
        PromptTokens = new("InputTokens"),
        CompletionTokens = new("OutputTokens"),
        Tokens = new("TotalTokens"),
        UsageMetadata = [("cachedTokens", new("CacheReadInputTokens")), ("cacheCreationTokens", new("CacheWriteInputTokens"))],
        Metadata = [("responseId", new("ResponseMetadata.RequestId")), ("finishReason", new("StopReason.Value"))],
    };

    // The body is what the model's own API takes and returns.
    private static readonly ModelOperation Invoke = new()
    {
        Prompt = new("request.Body.Json().messages", "request.Body.Json().prompt", "request.Body.Json().inputText"),
        Instructions = new("request.Body.Json().system"),
        RequestedModel = new("request.ModelId"),
        Parameters =
        [
            ("temperature", new("request.Body.Json().temperature", "request.Body.Json().textGenerationConfig.temperature")),
            ("max_tokens", new("request.Body.Json().max_tokens", "request.Body.Json().max_gen_len", "request.Body.Json().textGenerationConfig.maxTokenCount")),
            ("top_p", new("request.Body.Json().top_p", "request.Body.Json().textGenerationConfig.topP")),
        ],
        Role = new("role"),
        Response = new("Body.Json()"),
        Content = [new("content", "completion", "generation", "results.0.outputText", "outputs.0.text", "output.message.content", "choices.0.message.content")],
        ContentMappings =
        [
            new("text", ContentKind.Text, ("text", new("text"))),
            new("thinking", ContentKind.Reasoning, ("text", new("thinking"))),
            new("tool_use", ContentKind.ToolCall, ("id", new("id")), ("name", new("name")), ("arguments", new("input"))),
            new("tool_result", ContentKind.ToolResult, ("id", new("tool_use_id")), ("result", new("content"))),
            new("image", ContentKind.Media, ("mediaType", new("source.media_type")), ("data", new("source.data"))) { MediaKind = "image" },
            new("JsonElement", ContentKind.Text, ("text", new("text"))) { When = new("text") },
        ],
        Usage = new("usage", ValuePath.Self),
        PromptTokens = new("input_tokens", "prompt_tokens", "inputTokens", "prompt_token_count", "inputTextTokenCount"),
        CompletionTokens = new("output_tokens", "completion_tokens", "outputTokens", "generation_token_count", "results.0.tokenCount"),
        Tokens = new("total_tokens", "totalTokens"),
        Metadata = [("responseId", new("id")), ("finishReason", new("stop_reason", "stopReason", "results.0.completionReason"))],
        RawResponse = new("Body.Json()"),
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Amazon.BedrockRuntime.IAmazonBedrockRuntime",
            AssemblyName = "AWSSDK.BedrockRuntime",
            Provider = "bedrock",
            Operations =
            [
                Converse with { Method = "ConverseAsync" },
                Invoke with { Method = "InvokeModelAsync" },

                // The caller reads these responses from an event stream that cannot be observed.
                Converse with { Method = "ConverseStreamAsync", IsResultOpaque = true },
                Invoke with { Method = "InvokeModelWithResponseStreamAsync", IsResultOpaque = true },
            ],
        },
    ];
}
