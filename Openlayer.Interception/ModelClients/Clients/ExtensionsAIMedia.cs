using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>The clients of Microsoft.Extensions.AI for speech, images and realtime sessions, as of 10.11. They are experimental there.</summary>
internal static class ExtensionsAIMedia
{
    private const string Namespace = "Microsoft.Extensions.AI";

    // The pieces of speech are one item, whose size is their sum.
    private static readonly ContentMapping[] SpeechContents =
    [
        new("DataContent", ContentKind.AudioFragment, ("mediaType", new("MediaType")), ("data", new("Data"))) { MediaKind = "audio" },
        .. ExtensionsAI.ContentMappings,
    ];

    private static readonly ModelOperation Response = new()
    {
        RequestedModel = new("options.ModelId"),
        Content = [new("Contents")],
        ContentMappings = ExtensionsAI.ContentMappings,
        ServedModel = new("ModelId"),
        Usage = new("Usage"),
        UsageAccumulates = true,
        PromptTokens = ExtensionsAI.Chat.PromptTokens,
        CompletionTokens = ExtensionsAI.Chat.CompletionTokens,
        Tokens = ExtensionsAI.Chat.Tokens,
        UsageMetadata =
        [
            .. ExtensionsAI.Chat.UsageMetadata,
            ("inputTextTokens", new("InputTextTokenCount")),
            ("outputTextTokens", new("OutputTextTokenCount")),
        ],
        Metadata = [("responseId", new("ResponseId")), ("servedModel", new("ModelId"))],
    };

    private static readonly ModelOperation Transcription = Response with
    {
        ResponseNoun = "Transcription",
        PromptMedia = [new("audio", ("stream", new("audioSpeechStream")))],
        Parameters =
        [
            ("language", new("options.SpeechLanguage")),
            ("text_language", new("options.TextLanguage")),
            ("sample_rate", new("options.SpeechSampleRate")),
        ],
        Metadata = [.. Response.Metadata, ("audioSeconds", new("RawRepresentation.Duration.TotalSeconds", "EndTime.TotalSeconds"))],
    };

    private static readonly ModelOperation Speech = Response with
    {
        ResponseNoun = "Speech",
        Prompt = new("text"),
        Parameters =
        [
            ("voice", new("options.VoiceId")),
            ("language", new("options.Language")),
            ("response_format", new("options.AudioFormat")),
            ("speed", new("options.Speed")),
            ("pitch", new("options.Pitch")),
            ("volume", new("options.Volume")),
        ],
        ContentMappings = SpeechContents,
    };

    private static readonly ModelOperation Image = Response with
    {
        Method = "GenerateAsync",
        ResponseNoun = "Image Generation",
        Prompt = new("request.Prompt"),
        PromptParts = [new("request.OriginalImages")],
        Parameters =
        [
            ("n", new("options.Count")),
            ("size", new("options.ImageSize.ToString()")),
            ("output_format", new("options.MediaType")),
            ("response_format", new("options.ResponseFormat.ToString()")),
        ],
    };

    private static readonly ModelOperation Session = Response with
    {
        Method = "GetStreamingResponseAsync",
        StepType = StepType.UserCall,
        ResponseNoun = "Realtime Response",
        RequestedModel = ValuePath.None,
        UsageAccumulates = false,
        Session = new()
        {
            Name = new("Type.Value"),
            Additions = ["ConversationItemAdded", "ConversationItemDone"],
            Item = new("Item"),
            ItemId = new("Id"),
            Transcripts = ["InputAudioTranscriptionCompleted"],
            Transcript = new("Transcription"),
            TranscribedId = new("ItemId"),
            Start = "ResponseCreated",
            Parts = ["OutputTextDelta", "OutputAudioTranscriptionDelta"],
            End = "ResponseDone",
            ResponseId = new("ResponseId"),
            Errors = ["Error"],
            Error = new("Error.Message"),
        },
        Role = new("Role.Value"),
        ResponseMessages = new("Items"),
        Content = [new("Contents", ValuePath.Self)],
        ContentMappings =
        [
            .. ExtensionsAI.ContentMappings,
            new("OutputTextAudioRealtimeServerMessage", ContentKind.Text, ("text", new("Text"))),
        ],
        Error = new("Error"),
        ErrorFields = [("message", new("Message")), ("code", new("ErrorCode"))],
        Metadata = [("responseId", new("ResponseId")), ("finishReason", new("Status"))],
    };

    public static readonly ProviderClient[] Clients =
    [
        Client("ISpeechToTextClient", "SpeechToTextClientMetadata", Transcription with { Method = "GetTextAsync" }, Transcription with { Method = "GetStreamingTextAsync" }),
        Client("ITextToSpeechClient", "TextToSpeechClientMetadata", Speech with { Method = "GetAudioAsync" }, Speech with { Method = "GetStreamingAudioAsync" }),
        Client("IImageGenerator", "ImageGeneratorMetadata", Image),
        Client("IRealtimeClientSession", "ChatClientMetadata", Session),
        Client("IRealtimeClient", "ChatClientMetadata") with { FactoryMembers = ["CreateSessionAsync"] },
    ];

    private static ProviderClient Client(string name, string metadata, params ModelOperation[] operations) => new()
    {
        TypeName = $"{Namespace}.{name}",
        AssemblyName = "Microsoft.Extensions.AI.Abstractions",
        MetadataTypeName = $"{Namespace}.{metadata}",
        DefaultModel = new("DefaultModelId"),
        Operations = operations,
    };
}
