using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Responses of the OpenAI library.</summary>
internal static class OpenAIResponses
{
    private static readonly ContentMapping[] Contents =
    [
        new("InternalItemContentInputAudio", ContentKind.Media, ("data", new("Data"))) { MediaKind = "audio" },
        new("ResponseContentPart", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
        new("ResponseContentPart", ContentKind.Refusal, ("refusal", new("Refusal"))) { When = new("Refusal") },
        new("ResponseContentPart", ContentKind.Media, ("uri", new("InputImageUri")), ("fileId", new("InputImageFileId")))
        {
            When = new("InputImageUri", "InputImageFileId"),
            MediaKind = "image",
        },
        new(
            "ResponseContentPart",
            ContentKind.Media,
            ("mediaType", new("InputFileBytesMediaType")),
            ("name", new("InputFilename")),
            ("uri", new("InputFileUri")),
            ("fileId", new("InputFileId")),
            ("data", new("InputFileBytes.ToMemory()"))),
        new(
            "FunctionCallResponseItem",
            ContentKind.ToolCall,
            ("id", new("CallId")),
            ("name", new("FunctionName")),
            ("arguments", new("FunctionArguments.ToString()"))),
        new("CustomToolCallItem", ContentKind.ToolCall, ("id", new("CallId")), ("name", new("Name", "ToolName")), ("arguments", new("Input"))),
        new("FunctionCallOutputResponseItem", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("FunctionOutput"))),
        new(
            "ImageGenerationCallResponseItem",
            ContentKind.Media,
            ("format", new("OutputFileFormat.ToString()")),
            ("data", new("ImageResultBytes.ToMemory()")))
        {
            MediaKind = "image",
        },
        new("ReasoningResponseItem", ContentKind.Reasoning, ("text", new("GetSummaryText()"))),
        new("StreamingResponseOutputTextDeltaUpdate", ContentKind.Text, ("text", new("Delta"))),
        new("StreamingResponseRefusalDeltaUpdate", ContentKind.Refusal, ("refusal", new("Delta"))),
        new("StreamingResponseFunctionCallArgumentsDeltaUpdate", ContentKind.ToolCallFragment, ("arguments", new("Delta.ToString()"))),
        new("StreamingResponseCustomToolCallInputDeltaUpdate", ContentKind.ToolCallFragment, ("arguments", new("Delta.ToString()"))),
        new("StreamingResponseErrorUpdate", ContentKind.Error, ("message", new("Message")), ("code", new("Code"))),
        new("StreamingResponseReasoningSummaryTextDeltaUpdate", ContentKind.Reasoning, ("text", new("Delta"))),
    ];

    private static readonly ModelOperation Response = new()
    {
        ResponseNoun = "Response",
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
        ToolFields = OpenAI.ToolFields,
        Role = new("Role"),
        Content = [new("Content", ValuePath.Self)],
        ContentMappings = Contents,
        Response = new("Value"),
        ResponseMessages = new("OutputItems"),
        ToolCallIndex = new("OutputIndex"),
        ServedModel = new("Model"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata = OpenAI.TokenDetails,
        Error = new("Error"),
        ErrorFields = [("message", new("Message")), ("code", new("Code.ToString()"))],
        Metadata =
        [
            ("responseId", new("Id")),
            ("servedModel", new("Model")),
            ("finishReason", new("IncompleteStatusDetails.Reason.ToString()", "Status")),
        ],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    // A stream's last item repeats the whole response, whose content has been read from the items before it.
    private static readonly ModelOperation StreamedResponse = Response with
    {
        ResponseMessages = ValuePath.None,
        Content = [new("Content", "Item", ValuePath.Self)],
        MetadataSource = new("Response"),
    };

    private static readonly ModelOperation Protocol = OpenAIProtocol.Operation with
    {
        DefersToOuterOverload = true,
        ResponseNoun = "Response",
        Prompt = new("content.input"),
        Instructions = new("content.instructions"),
        Parameters = OpenAIProtocol.BodyFields("temperature", "max_output_tokens", "top_p", "top_logprobs", "previous_response_id"),
        ResponseFormat = new("content.text.format"),
        Tools = new("content.tools"),
        ToolFields = [("name", new("name", "type")), ("description", new("description")), ("parameters", new("parameters"))],
        Role = new("role"),
        ResponseMessages = new("output"),
        Content = [new("content", "item", ValuePath.Self)],
        ContentMappings =
        [
            new("input_text", ContentKind.Text, ("text", new("text"))),
            new("output_text", ContentKind.Text, ("text", new("text"))),
            new("text", ContentKind.Text, ("text", new("text"))),
            new("response.output_text.delta", ContentKind.Text, ("text", new("delta"))),
            new("refusal", ContentKind.Refusal, ("refusal", new("refusal"))),
            new("response.refusal.delta", ContentKind.Refusal, ("refusal", new("delta"))),
            new("function_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("name")), ("arguments", new("arguments"))),
            new("response.function_call_arguments.delta", ContentKind.ToolCallFragment, ("arguments", new("delta"))),
            new("custom_tool_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("name")), ("arguments", new("input"))),
            new("response.custom_tool_call_input.delta", ContentKind.ToolCallFragment, ("arguments", new("delta"))),
            new("computer_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("type")), ("arguments", new("action"))),
            new("local_shell_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("type")), ("arguments", new("action"))),
            new("shell_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("type")), ("arguments", new("action"))),
            new("apply_patch_call", ContentKind.ToolCall, ("id", new("call_id")), ("name", new("type")), ("arguments", new("operation"))),
            new("custom_tool_call_output", ContentKind.ToolResult, ("id", new("call_id")), ("result", new("output"))),
            new("function_call_output", ContentKind.ToolResult, ("id", new("call_id")), ("result", new("output"))),
            new("mcp_call", ContentKind.ServerToolCall, ("id", new("id")), ("name", new("name")), ("arguments", new("arguments"))),
            new("input_audio", ContentKind.Media, ("format", new("input_audio.format")), ("data", new("input_audio.data", "data"))) { MediaKind = "audio" },
            new("input_image", ContentKind.Media, ("uri", new("image_url")), ("fileId", new("file_id"))) { MediaKind = "image" },
            new(
                "input_file",
                ContentKind.Media,
                ("name", new("filename")),
                ("uri", new("file_url")),
                ("fileId", new("file_id")),
                ("data", new("file_data"))),
            new("image_generation_call", ContentKind.Media, ("format", new("output_format")), ("data", new("result"))) { MediaKind = "image" },
            new("reasoning", ContentKind.Reasoning, ("text", new("summary.0.text"))),
            new("response.reasoning_summary_text.delta", ContentKind.Reasoning, ("text", new("delta"))),
            new("error", ContentKind.Error, ("message", new("message")), ("code", new("code"))) { When = new("message") },
        ],
        ToolCallIndex = new("output_index"),
        MetadataSource = new("response"),
        Metadata =
        [
            ("responseId", new("id")),
            ("servedModel", new("model")),
            ("finishReason", new("incomplete_details.reason", "status")),
        ],
    };

    public static readonly ModelOperation[] Operations =
    [
        Protocol with { Method = "CreateResponse" },
        Protocol with { Method = "CreateResponseAsync" },
        Response with { Method = "CreateResponse" },
        Response with { Method = "CreateResponseAsync" },
        StreamedResponse with { Method = "CreateResponseStreaming" },
        StreamedResponse with { Method = "CreateResponseStreamingAsync", IsResultOpaque = true },
        StreamedResponse with { Method = "CreateStreamingResult", StreamFactory = "updateProducer" },
    ];
}
