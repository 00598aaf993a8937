using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Chat completions of the OpenAI library.</summary>
internal static class OpenAIChat
{
    private static readonly ContentMapping[] Contents =
    [
        new("ChatMessageContentPart", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
        new("ChatMessageContentPart", ContentKind.Refusal, ("refusal", new("Refusal"))) { When = new("Refusal") },
        new("ChatMessageContentPart", ContentKind.Media, ("uri", new("ImageUri"))) { When = new("ImageUri"), MediaKind = "image" },
        new(
            "ChatMessageContentPart",
            ContentKind.Media,
            ("mediaType", new("ImageBytesMediaType", "FileBytesMediaType")),
            ("format", new("InputAudioFormat.ToString()")),
            ("name", new("Filename")),
            ("fileId", new("FileId")),
            ("data", new("ImageBytes.ToMemory()", "InputAudioBytes.ToMemory()", "FileBytes.ToMemory()"))),
        new(
            "ChatToolCall",
            ContentKind.ToolCall,
            ("id", new("Id")),
            ("name", new("FunctionName")),
            ("arguments", new("FunctionArguments.ToString()"))),
        new(
            "StreamingChatToolCallUpdate",
            ContentKind.ToolCallFragment,
            ("id", new("ToolCallId")),
            ("name", new("FunctionName")),
            ("arguments", new("FunctionArgumentsUpdate.ToString()"))),
        new("AssistantChatMessage", ContentKind.Refusal, ("refusal", new("Refusal"))) { When = new("Refusal") },
        OutputAudio("ChatOutputAudio", "Transcript", "AudioBytes"),
        OutputAudio("StreamingChatOutputAudioUpdate", "TranscriptUpdate", "AudioBytesUpdate"),
    ];

    private static readonly ModelOperation Chat = new()
    {
        Prompt = new("messages"),
        Parameters =
        [
            ("temperature", new("options.Temperature")),
            ("max_tokens", new("options.MaxOutputTokenCount")),
            ("top_p", new("options.TopP")),
            ("frequency_penalty", new("options.FrequencyPenalty")),
            ("presence_penalty", new("options.PresencePenalty")),
            ("seed", new("options.Seed")),
            ("stop", new("options.StopSequences")),
            ("logprobs", new("options.IncludeLogProbabilities")),
            ("top_logprobs", new("options.TopLogProbabilityCount")),
            ("logit_bias", new("options.LogitBiases")),
            ("reasoning_effort", new("options.ReasoningEffortLevel.ToString()")),
        ],
        ResponseFormat = new("options.ResponseFormat"),
        Tools = new("options.Tools"),
        ToolFields = OpenAI.ToolFields,
        RolesByTypeName =
        [
            ("SystemChatMessage", "system"),
            ("DeveloperChatMessage", "developer"),
            ("UserChatMessage", "user"),
            ("AssistantChatMessage", "assistant"),
            ("ToolChatMessage", "tool"),
            ("FunctionChatMessage", "function"),
        ],
        MessageFields = [("tool_call_id", new("ToolCallId")), ("name", new("ParticipantName", "FunctionName"))],
        ContentMappings = Contents,
        Response = new("Value"),
        ToolCallIndex = new("Index"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata = OpenAI.TokenDetails,
        Metadata =
        [
            ("responseId", new("Id", "CompletionId")),
            ("servedModel", new("Model")),
            ("finishReason", new("FinishReason")),
            ("systemFingerprint", new("SystemFingerprint")),
        ],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly ModelOperation Completion = Chat with
    {
        Content = [new("Content"), new(ValuePath.Self), new("ToolCalls"), new("OutputAudio")],
        ContentMappings =
        [
            .. Contents,
            new("ChatCompletion", ContentKind.Refusal, ("refusal", new("Refusal"))) { When = new("Refusal") },
        ],
    };

    // The fragments of a streamed refusal are not content parts.
    private static readonly ModelOperation StreamedCompletion = Chat with
    {
        Content = [new("ContentUpdate", "Content"), new(ValuePath.Self), new("ToolCallUpdates", "ToolCalls"), new("OutputAudioUpdate")],
        ContentMappings =
        [
            .. Contents,
            new("StreamingChatCompletionUpdate", ContentKind.Refusal, ("refusal", new("RefusalUpdate"))) { When = new("RefusalUpdate") },
        ],
    };

    private static readonly (string Name, ValuePath Path)[] ToolCallFields =
    [
        ("id", new("id")),
        ("name", new("function.name")),
        ("arguments", new("function.arguments")),
    ];

    // A tool whose input is text.
    private static readonly (string Name, ValuePath Path)[] CustomToolCallFields =
    [
        ("id", new("id")),
        ("name", new("custom.name")),
        ("arguments", new("custom.input")),
    ];

    private static readonly ModelOperation Protocol = OpenAIProtocol.Operation with
    {
        DefersToOuterOverload = true,
        Prompt = new("content.messages"),
        Parameters =
        [
            .. OpenAIProtocol.BodyFields("temperature", "max_tokens", "max_completion_tokens", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop"),
            .. OpenAIProtocol.BodyFields("n", "logprobs", "top_logprobs", "logit_bias", "reasoning_effort"),
        ],
        ResponseFormat = new("content.response_format"),
        Tools = new("content.tools"),
        ToolFields =
        [
            ("name", new("function.name", "custom.name", "type")),
            ("description", new("function.description", "custom.description")),
            ("parameters", new("function.parameters")),
        ],
        Role = new("role"),
        MessageFields = [("tool_call_id", new("tool_call_id")), ("name", new("name"))],
        ResponseMessages = new("choices"),
        MessagesAreChoices = true,
        ChoiceIndex = new("index"),
        Content =
        [
            new("message.content", "delta.content", "content"),
            new("message", "delta", ValuePath.Self),
            new("message.tool_calls", "delta.tool_calls", "tool_calls"),
            new("message.function_call", "delta.function_call", "function_call"),
            new("message.audio", "delta.audio", "audio"),
        ],
        ContentMappings =
        [
            new("JsonElement", ContentKind.ToolCallFragment, ToolCallFields) { When = new("function") },
            new("JsonElement", ContentKind.ToolCallFragment, CustomToolCallFields) { When = new("custom") },

            // The form before there were tools, which some gateways still send.
            new("JsonElement", ContentKind.ToolCallFragment, ("name", new("name")), ("arguments", new("arguments"))) { When = new("arguments") },
            new("JsonElement", ContentKind.Text, ("text", new("text"))) { When = new("text") },
            new("JsonElement", ContentKind.Refusal, ("refusal", new("refusal"))) { When = new("refusal") },
            new("JsonElement", ContentKind.Media, ("uri", new("image_url.url"))) { When = new("image_url"), MediaKind = "image" },
            new("JsonElement", ContentKind.Media, ("format", new("input_audio.format")), ("data", new("input_audio.data")))
            {
                When = new("input_audio"),
                MediaKind = "audio",
            },
            new("JsonElement", ContentKind.AudioFragment, ("text", new("transcript")), ("data", new("data")), ("audioId", new("id")))
            {
                When = new("transcript", "data"),
                MediaKind = "audio",
            },
            new(
                "JsonElement",
                ContentKind.Media,
                ("name", new("file.filename")),
                ("fileId", new("file.file_id")),
                ("data", new("file.file_data")))
            {
                When = new("file"),
            },
        ],

        ToolCallIndex = new("index"),
    };

    public static readonly ModelOperation[] Operations =
    [
        Completion with { Method = "CompleteChat", RequiredParameter = "messages" },
        Completion with { Method = "CompleteChatAsync", RequiredParameter = "messages" },
        StreamedCompletion with { Method = "CompleteChatStreaming" },
        StreamedCompletion with { Method = "CompleteChatStreamingAsync" },
        Protocol with { Method = "CompleteChat" },
        Protocol with { Method = "CompleteChatAsync" },
    ];
    private static ContentMapping OutputAudio(string typeName, string transcript, string bytes) =>
        new(typeName, ContentKind.AudioFragment, ("text", new(transcript)), ("data", new($"{bytes}.ToMemory()")), ("audioId", new("Id"))) { MediaKind = "audio" };
}
