using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Realtime sessions of the OpenAI library.</summary>
internal static class OpenAIRealtime
{
    public static readonly string[] Factories = ["StartConversationSessionAsync", "StartTranscriptionSessionAsync", "StartSessionAsync"];

    private static readonly ModelOperation Session = new()
    {
        Method = "ReceiveUpdatesAsync",
        RequiredParameter = "cancellationToken",
        StepType = StepType.UserCall,
        ResponseNoun = "Realtime Response",
        Session = new()
        {
            Descriptions = ["RealtimeServerUpdateSessionCreated", "RealtimeServerUpdateSessionUpdated"],
            Model = new("Session.Model"),
            Additions =
            [
                "RealtimeServerUpdateConversationItemAdded",
                "RealtimeServerUpdateConversationItemCreated",
                "RealtimeServerUpdateConversationItemDone",
            ],
            Item = new("Item"),
            ItemId = new("Id"),
            Transcripts = ["RealtimeServerUpdateConversationItemInputAudioTranscriptionCompleted"],
            Transcript = new("Transcript"),
            TranscribedId = new("ItemId"),
            Start = "RealtimeServerUpdateResponseCreated",
            Parts =
            [
                "RealtimeServerUpdateResponseOutputTextDelta",
                "RealtimeServerUpdateResponseOutputAudioTranscriptDelta",
                "RealtimeServerUpdateResponseFunctionCallArgumentsDone",
            ],
            End = "RealtimeServerUpdateResponseDone",
            Response = new("Response"),
            ResponseId = new("ResponseId", "Response.Id"),
            Errors = ["RealtimeServerUpdateError"],
            Error = new("Error.Message"),
        },
        Role = new("Role.ToString()"),
        ResponseMessages = new("OutputItems"),
        Content = [new("Content", ValuePath.Self)],
        ContentMappings =
        [
            new("RealtimeInputTextMessageContentPart", ContentKind.Text, ("text", new("Text"))),
            new("RealtimeOutputTextMessageContentPart", ContentKind.Text, ("text", new("Text"))),
            new("RealtimeInputAudioMessageContentPart", ContentKind.Text, ("text", new("Transcript"))) { When = new("Transcript") },
            new("RealtimeInputAudioMessageContentPart", ContentKind.Media, ("data", new("AudioBytes.ToMemory()"))) { MediaKind = "audio" },
            new("RealtimeOutputAudioMessageContentPart", ContentKind.AudioFragment, ("text", new("Transcript")), ("data", new("AudioBytes.ToMemory()")))
            {
                MediaKind = "audio",
            },
            new("RealtimeInputImageMessageContentPart", ContentKind.Media, ("uri", new("ImageUri"))) { MediaKind = "image" },
            new(
                "RealtimeFunctionCallItem",
                ContentKind.ToolCall,
                ("id", new("CallId")),
                ("name", new("FunctionName")),
                ("arguments", new("FunctionArguments.ToString()"))),
            new("RealtimeFunctionCallOutputItem", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("FunctionOutput"))),
            new(
                "RealtimeMcpToolCallItem",
                ContentKind.ServerToolCall,
                ("id", new("Id")),
                ("name", new("ToolName")),
                ("arguments", new("ToolArguments.ToString()"))),
            new("RealtimeServerUpdateResponseOutputTextDelta", ContentKind.Text, ("text", new("Delta"))),
            new("RealtimeServerUpdateResponseOutputAudioTranscriptDelta", ContentKind.Text, ("text", new("Delta"))),
            new(
                "RealtimeServerUpdateResponseFunctionCallArgumentsDone",
                ContentKind.ToolCall,
                ("id", new("CallId")),
                ("name", new("FunctionName")),
                ("arguments", new("FunctionArguments.ToString()"))),
        ],
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata =
        [
            ("cachedTokens", new("InputTokenDetails.CachedTokenCount")),
            ("inputTextTokens", new("InputTokenDetails.TextTokenCount")),
            ("inputAudioTokens", new("InputTokenDetails.AudioTokenCount")),
            ("outputTextTokens", new("OutputTokenDetails.TextTokenCount")),
            ("outputAudioTokens", new("OutputTokenDetails.AudioTokenCount")),
        ],
        Error = new("StatusDetails.Error"),
        ErrorFields = [("message", new("Message", "Kind")), ("code", new("Code"))],
        Metadata = [("responseId", new("Id")), ("finishReason", new("StatusDetails.Reason.ToString()", "Status.ToString()"))],
    };

    public static readonly ModelOperation[] Operations = [Session];
}
