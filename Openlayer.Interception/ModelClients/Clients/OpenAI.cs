namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>The OpenAI library, as of 2.15, and Azure.AI.OpenAI on top of it, as of 2.9.</summary>
internal static class OpenAI
{
    private static readonly (string Name, ValuePath Path)[] ToolFields =
    [
        ("name", new("FunctionName")),
        ("description", new("FunctionDescription")),
        ("parameters", new("FunctionParameters.ToString()")),
    ];

    private static readonly ContentShape[] ChatContents =
    [
        new("ChatMessageContentPart", ContentKind.Text, ("text", new("Text"))) { If = new("Text") },
        new("ChatMessageContentPart", ContentKind.Refusal, ("refusal", new("Refusal"))) { If = new("Refusal") },
        new(
            "ChatMessageContentPart",
            ContentKind.Media,
            ("mediaType", new("ImageBytesMediaType", "FileBytesMediaType", "InputAudioFormat.ToString()")),
            ("name", new("Filename")),
            ("uri", new("ImageUri")),
            ("fileId", new("FileId")),
            ("bytes", new("ImageBytes.ToMemory().Length", "InputAudioBytes.ToMemory().Length", "FileBytes.ToMemory().Length"))),
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
        new("AssistantChatMessage", ContentKind.Refusal, ("refusal", new("Refusal"))) { If = new("Refusal") },
        new("ChatOutputAudio", ContentKind.Text, ("text", new("Transcript"))),
        new("StreamingChatOutputAudioUpdate", ContentKind.Text, ("text", new("TranscriptUpdate"))),
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
        ToolFields = ToolFields,
        Roles =
        [
            ("SystemChatMessage", "system"),
            ("DeveloperChatMessage", "developer"),
            ("UserChatMessage", "user"),
            ("AssistantChatMessage", "assistant"),
            ("ToolChatMessage", "tool"),
            ("FunctionChatMessage", "function"),
        ],
        MessageFields = [("tool_call_id", new("ToolCallId")), ("name", new("ParticipantName", "FunctionName"))],
        Contents = ChatContents,
        Response = new("Value"),
        ToolCallIndex = new("Index"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata = TokenDetails,
        Metadata =
        [
            ("responseId", new("Id", "CompletionId")),
            ("servedModel", new("Model")),
            ("finishReason", new("FinishReason")),
            ("systemFingerprint", new("SystemFingerprint")),
        ],
        Raw = new("GetRawResponse().Content.ToString()"),
    };

    // The pieces of a streamed refusal are no content parts.
    private static readonly ModelOperation StreamedChat = Chat with
    {
        Content = [new("ContentUpdate", "Content"), new(ValuePath.Self), new("ToolCallUpdates", "ToolCalls"), new("OutputAudioUpdate")],
        Contents =
        [
            .. ChatContents,
            new("StreamingChatCompletionUpdate", ContentKind.Refusal, ("refusal", new("RefusalUpdate"))) { If = new("RefusalUpdate") },
        ],
    };

    private static readonly ModelOperation WholeChat = Chat with
    {
        Content = [new("Content"), new(ValuePath.Self), new("ToolCalls"), new("OutputAudio")],
        Contents =
        [
            .. ChatContents,
            new("ChatCompletion", ContentKind.Refusal, ("refusal", new("Refusal"))) { If = new("Refusal") },
        ],
    };

    private static readonly ModelOperation Embeddings = new()
    {
        StepType = StepType.Embedding,
        Prompt = new("input", "inputs"),
        Parameters = [("dimensions", new("options.Dimensions"))],
        Response = new("Value"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        Tokens = new("TotalTokenCount"),
        Metadata = [("servedModel", new("Model"))],
        EmbeddingCount = new("Count"),
        EmbeddingDimensions = new("0.ToFloats().Length"),
        Raw = new("GetRawResponse().Content.ToString()"),
    };

    // One embedding alone has no usage: only the response that it came in does.
    private static readonly ModelOperation OneEmbedding = Embeddings with
    {
        Response = ValuePath.None,
        About = new("GetRawResponse().Content.ToString().Json()"),
        ServedModel = new("model"),
        Usage = new("usage"),
        PromptTokens = new("prompt_tokens"),
        Tokens = new("total_tokens"),
        Metadata = [("servedModel", new("model"))],
        EmbeddingCount = ValuePath.None,
        EmbeddingDimensions = new("Value.ToFloats().Length"),
    };

    private static readonly ContentShape[] ResponseContents =
    [
        new("InternalItemContentInputAudio", ContentKind.Media, ("data", new("Data"))),
        new("ResponseContentPart", ContentKind.Text, ("text", new("Text"))) { If = new("Text") },
        new("ResponseContentPart", ContentKind.Refusal, ("refusal", new("Refusal"))) { If = new("Refusal") },
        new(
            "ResponseContentPart",
            ContentKind.Media,
            ("mediaType", new("InputFileBytesMediaType")),
            ("name", new("InputFilename")),
            ("uri", new("InputFileUri", "InputImageUri")),
            ("fileId", new("InputFileId", "InputImageFileId")),
            ("bytes", new("InputFileBytes.ToMemory().Length"))),
        new(
            "FunctionCallResponseItem",
            ContentKind.ToolCall,
            ("id", new("CallId")),
            ("name", new("FunctionName")),
            ("arguments", new("FunctionArguments.ToString()"))),
        new("FunctionCallOutputResponseItem", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("FunctionOutput"))),
        new("ReasoningResponseItem", ContentKind.Reasoning, ("text", new("GetSummaryText()"))),
        new("StreamingResponseOutputTextDeltaUpdate", ContentKind.Text, ("text", new("Delta"))),
        new("StreamingResponseRefusalDeltaUpdate", ContentKind.Refusal, ("refusal", new("Delta"))),
        new("StreamingResponseFunctionCallArgumentsDeltaUpdate", ContentKind.ToolCallFragment, ("arguments", new("Delta.ToString()"))),
        new("StreamingResponseErrorUpdate", ContentKind.Error, ("message", new("Message")), ("code", new("Code"))),
        new("StreamingResponseReasoningSummaryTextDeltaUpdate", ContentKind.Reasoning, ("text", new("Delta"))),
    ];

    private static readonly ModelOperation Response = new()
    {
        Noun = "Response",
        Prompt = new("inputItems", "userInputText", "options.InputItems"),
        Instructions = new("options.Instructions"),
        RequestedModel = new("model", "options.Model"),
        Parameters =
        [
            ("temperature", new("options.Temperature")),
            ("max_output_tokens", new("options.MaxOutputTokenCount")),
            ("top_p", new("options.TopP")),
            ("top_logprobs", new("options.TopLogProbabilityCount")),
            ("reasoning_effort", new("options.ReasoningOptions.ReasoningEffortLevel.ToString()")),
            ("previous_response_id", new("previousResponseId", "options.PreviousResponseId")),
        ],
        ResponseFormat = new("options.TextOptions.TextFormat"),
        Tools = new("options.Tools"),
        ToolFields = ToolFields,
        Role = new("Role"),
        Content = [new("Content", ValuePath.Self)],
        Contents = ResponseContents,
        Response = new("Value"),
        ResponseMessages = new("OutputItems"),
        ToolCallIndex = new("OutputIndex"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata = TokenDetails,
        Metadata =
        [
            ("responseId", new("Id")),
            ("servedModel", new("Model")),
            ("finishReason", new("IncompleteStatusDetails.Reason.ToString()", "Status")),
        ],
        Raw = new("GetRawResponse().Content.ToString()"),
    };

    // A stream's last item holds the whole response; what it says has been read from the items before it.
    private static readonly ModelOperation StreamedResponse = Response with
    {
        ResponseMessages = ValuePath.None,
        Content = [new("Content", "Item", ValuePath.Self)],
        About = new("Response"),
    };

    // What a client's methods come down to, and what can be called instead of them: the response is JSON.
    private static readonly ModelOperation Wire = new()
    {
        Parameter = "content",
        Body = "content",
        BodyTypes = ["BinaryDataBinaryContent", "ModelBinaryContent`1"],
        StreamedBody = new("GetRawResponse()"),
        RequestedModel = new("content.model"),
        Response = new("GetRawResponse().Content.ToString()"),
        IsJson = true,
        ServedModel = new("model"),
        Usage = new("usage"),
        PromptTokens = new("prompt_tokens", "input_tokens"),
        CompletionTokens = new("completion_tokens", "output_tokens"),
        Tokens = new("total_tokens"),
        UsageMetadata =
        [
            ("cachedTokens", new("prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens")),
            ("reasoningTokens", new("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")),
        ],
        Metadata =
        [
            ("responseId", new("id")),
            ("servedModel", new("model")),
            ("finishReason", new("choices.0.finish_reason", "status")),
        ],
        Raw = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly (string Name, ValuePath Path)[] WireToolCall =
    [
        ("id", new("id")),
        ("name", new("function.name")),
        ("arguments", new("function.arguments")),
    ];

    private static readonly ModelOperation ChatWire = Wire with
    {
        IsReadByOverloads = true,
        Prompt = new("content.messages"),
        Parameters =
        [
            .. Sent("temperature", "max_tokens", "max_completion_tokens", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop"),
            .. Sent("n", "logprobs", "top_logprobs", "logit_bias", "reasoning_effort"),
        ],
        ResponseFormat = new("content.response_format"),
        Tools = new("content.tools"),
        ToolFields =
        [
            ("name", new("function.name", "type")),
            ("description", new("function.description")),
            ("parameters", new("function.parameters")),
        ],
        Role = new("role"),
        MessageFields = [("tool_call_id", new("tool_call_id")), ("name", new("name"))],
        ResponseMessages = new("choices"),
        MessagesAreChoices = true,
        Choice = new("index"),
        Content =
        [
            new("message.content", "delta.content", "content"),
            new("message", "delta", ValuePath.Self),
            new("message.tool_calls", "delta.tool_calls", "tool_calls"),
        ],
        Contents =
        [
            new("JsonElement", ContentKind.ToolCallFragment, WireToolCall) { If = new("index") },
            new("JsonElement", ContentKind.ToolCall, WireToolCall) { If = new("function") },
            new("JsonElement", ContentKind.Text, ("text", new("text"))) { If = new("text") },
            new("JsonElement", ContentKind.Refusal, ("refusal", new("refusal"))) { If = new("refusal") },
            new("JsonElement", ContentKind.Media, ("uri", new("image_url.url"))) { If = new("image_url") },
            new("JsonElement", ContentKind.Media, ("mediaType", new("input_audio.format")), ("data", new("input_audio.data")))
            {
                If = new("input_audio"),
            },
            new(
                "JsonElement",
                ContentKind.Media,
                ("name", new("file.filename")),
                ("fileId", new("file.file_id")),
                ("data", new("file.file_data")))
            {
                If = new("file"),
            },
        ],

        // Never that of the choice, which has one as well.
        ToolCallIndex = new("index", "id"),
    };

    private static readonly ModelOperation ResponseWire = Wire with
    {
        IsReadByOverloads = true,
        Noun = "Response",
        Prompt = new("content.input"),
        Instructions = new("content.instructions"),
        Parameters = Sent("temperature", "max_output_tokens", "top_p", "top_logprobs", "previous_response_id"),
        ResponseFormat = new("content.text.format"),
        Tools = new("content.tools"),
        ToolFields = [("name", new("name", "type")), ("description", new("description")), ("parameters", new("parameters"))],
        Role = new("role"),
        ResponseMessages = new("output"),
        Content = [new("content", ValuePath.Self)],
        Contents =
        [
            new("JsonElement", ContentKind.Text, ("text", new("text"))) { If = new("text") },
            new("JsonElement", ContentKind.Refusal, ("refusal", new("refusal"))) { If = new("refusal") },
            new("JsonElement", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("name")), ("arguments", new("arguments")))
            {
                If = new("arguments"),
            },
            new("JsonElement", ContentKind.ToolResult, ("id", new("call_id")), ("result", new("output"))) { If = new("output") },
            new("JsonElement", ContentKind.Media, ("mediaType", new("input_audio.format")), ("data", new("input_audio.data")))
            {
                If = new("input_audio"),
            },
            new(
                "JsonElement",
                ContentKind.Media,
                ("name", new("filename")),
                ("uri", new("image_url", "file_url")),
                ("fileId", new("file_id")),
                ("data", new("file_data")))
            {
                If = new("image_url", "file_url", "file_id", "file_data"),
            },
            new("JsonElement", ContentKind.Reasoning, ("text", new("summary.0.text"))) { If = new("summary") },
        ],
    };

    private static readonly ModelOperation EmbeddingWire = Wire with
    {
        IsReadByOverloads = true,
        StepType = StepType.Embedding,
        Prompt = new("content.input"),
        Parameters = Sent("dimensions"),
        EmbeddingCount = new("data.GetArrayLength()"),
    };

    private static readonly ModelOperation[] ChatOperations =
    [
        WholeChat with { Method = "CompleteChat", Parameter = "messages" },
        WholeChat with { Method = "CompleteChatAsync", Parameter = "messages" },
        StreamedChat with { Method = "CompleteChatStreaming" },
        StreamedChat with { Method = "CompleteChatStreamingAsync" },
        ChatWire with { Method = "CompleteChat" },
        ChatWire with { Method = "CompleteChatAsync" },
    ];

    private static readonly ModelOperation[] EmbeddingOperations =
    [
        OneEmbedding with { Method = "GenerateEmbedding" },
        OneEmbedding with { Method = "GenerateEmbeddingAsync" },
        Embeddings with { Method = "GenerateEmbeddings", Parameter = "inputs" },
        Embeddings with { Method = "GenerateEmbeddingsAsync", Parameter = "inputs" },
        EmbeddingWire with { Method = "GenerateEmbeddings" },
        EmbeddingWire with { Method = "GenerateEmbeddingsAsync" },
    ];

    private static readonly ModelOperation[] ResponseOperations =
    [
        ResponseWire with { Method = "CreateResponse" },
        ResponseWire with { Method = "CreateResponseAsync" },
        Response with { Method = "CreateResponse" },
        Response with { Method = "CreateResponseAsync" },
        StreamedResponse with { Method = "CreateResponseStreaming" },
        StreamedResponse with { Method = "CreateResponseStreamingAsync", IsAnsweredBelow = true },
        StreamedResponse with { Method = "CreateStreamingResult", Producer = "updateProducer" },
    ];

    private static readonly string[] Factories = ["GetChatClient", "GetEmbeddingClient", "GetResponsesClient"];

    private static (string Name, ValuePath Path)[] TokenDetails =>
    [
        ("cachedTokens", new("InputTokenDetails.CachedTokenCount")),
        ("inputAudioTokens", new("InputTokenDetails.AudioTokenCount")),
        ("reasoningTokens", new("OutputTokenDetails.ReasoningTokenCount")),
        ("outputAudioTokens", new("OutputTokenDetails.AudioTokenCount")),
    ];

    public static ProviderClient[] Clients =>
    [
        Client("OpenAI.Chat.ChatClient", ChatOperations),
        Client("OpenAI.Embeddings.EmbeddingClient", EmbeddingOperations),
        Client("OpenAI.Responses.ResponsesClient", ResponseOperations),
        Client("OpenAI.OpenAIClient", []),
        Azure("Azure.AI.OpenAI.Chat.AzureChatClient", ChatOperations),
        Azure("Azure.AI.OpenAI.Embeddings.AzureEmbeddingClient", EmbeddingOperations),
        Azure("Azure.AI.OpenAI.Responses.AzureResponsesClient", ResponseOperations),
        Azure("Azure.AI.OpenAI.AzureOpenAIClient", []),
    ];

    private static (string Name, ValuePath Path)[] Sent(params string[] names) =>
        [.. names.Select(static name => (name, new ValuePath($"content.{name}")))];

    private static ProviderClient Client(string typeName, ModelOperation[] operations) => new()
    {
        TypeName = typeName,
        AssemblyName = "OpenAI",
        Provider = "OpenAI",
        DefaultModel = new("Model"),
        Operations = operations,
        FactoryMembers = operations.Length == 0 ? Factories : [],
    };

    private static ProviderClient Azure(string typeName, ModelOperation[] operations) =>
        Client(typeName, operations) with { AssemblyName = "Azure.AI.OpenAI", Provider = "Azure" };
}
