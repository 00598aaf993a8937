using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Transcriptions, translations and speech of the OpenAI library.</summary>
internal static class OpenAIAudio
{
    private static readonly ModelOperation Transcription = new()
    {
        ResponseNoun = "Transcription",
        Prompt = new("options.Prompt"),
        PromptMedia = [new("audio", ("stream", new("audio")), ("name", new("audioFilename", "audioFilePath")))],
        Parameters =
        [
            ("language", new("options.Language")),
            ("temperature", new("options.Temperature")),
            ("response_format", new("options.ResponseFormat.ToString()")),
        ],
        Content = [new("Text")],
        Response = new("Value"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata =
        [
            ("audioSeconds", new("Duration.TotalSeconds")),
            ("inputTextTokens", new("InputTokenDetails.TextTokenCount")),
            ("inputAudioTokens", new("InputTokenDetails.AudioTokenCount")),
        ],
        Metadata = [("audioSeconds", new("Duration.TotalSeconds")), ("language", new("Language"))],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly ModelOperation TranscriptionProtocol = OpenAIProtocol.Operation with
    {
        DefersToOuterOverload = true,
        ResponseNoun = "Transcription",
        BodyParameter = null,
        Content = [new("text", ValuePath.Self)],
        UsageMetadata =
        [
            ("audioSeconds", new("seconds")),
            ("inputTextTokens", new("input_token_details.text_tokens")),
            ("inputAudioTokens", new("input_token_details.audio_tokens")),
        ],
        Metadata = [("audioSeconds", new("duration")), ("language", new("language"))],
    };

    // The last event repeats the text.
    private static readonly ModelOperation StreamedTranscription = TranscriptionProtocol with
    {
        DefersToOuterOverload = false,
        RequiredParameter = null,
        StreamField = OpenAIProtocol.StreamedBodyField,
        Prompt = Transcription.Prompt,
        PromptMedia = Transcription.PromptMedia,
        Parameters = Transcription.Parameters,
        Content = [new(ValuePath.Self)],
        ContentMappings = [new("transcript.text.delta", ContentKind.Text, ("text", new("delta")))],
    };

    private static readonly ModelOperation Speech = new()
    {
        ResponseNoun = "Speech",
        Prompt = new("text"),
        Instructions = new("options.Instructions"),
        Parameters =
        [
            ("voice", new("voice.ToString()")),
            ("speed", new("options.SpeedRatio")),
            ("response_format", new("options.ResponseFormat.ToString()")),
        ],
        Content = [new(ValuePath.Self)],
        ContentMappings =
        [
            new(
                "ClientResult",
                ContentKind.Media,
                ("mediaType", new("GetRawResponse().Headers.content-type")),
                ("data", new("GetRawResponse().Content.ToMemory()")))
            {
                MediaKind = "audio",
            },
            new("speech.audio.delta", ContentKind.AudioFragment, ("data", new("audio"))) { MediaKind = "audio" },
        ],
        Usage = new("usage"),
        PromptTokens = new("input_tokens"),
        CompletionTokens = new("output_tokens"),
        Tokens = new("total_tokens"),
        RawResponse = new("GetRawResponse().Content"),
    };

    private static readonly ModelOperation SpeechProtocol = Speech with
    {
        DefersToOuterOverload = true,
        RequiredParameter = "content",
        BodyParameter = "content",
        ReplayableBodyTypes = OpenAIProtocol.Operation.ReplayableBodyTypes,
        StreamedBody = OpenAIProtocol.Operation.StreamedBody,
        RequestedModel = OpenAIProtocol.Operation.RequestedModel,
        Prompt = new("content.input"),
        Instructions = new("content.instructions"),
        Parameters = OpenAIProtocol.BodyFields("voice", "speed", "response_format"),
    };

    public static readonly ModelOperation[] Operations =
    [
        TranscriptionProtocol with { Method = "TranscribeAudio" },
        TranscriptionProtocol with { Method = "TranscribeAudioAsync" },
        TranscriptionProtocol with { Method = "TranslateAudio", ResponseNoun = "Translation" },
        TranscriptionProtocol with { Method = "TranslateAudioAsync", ResponseNoun = "Translation" },
        Transcription with { Method = "TranscribeAudio" },
        Transcription with { Method = "TranscribeAudioAsync" },
        Transcription with { Method = "TranscribeAudioDiarized" },
        Transcription with { Method = "TranscribeAudioDiarizedAsync" },
        Transcription with { Method = "TranslateAudio", ResponseNoun = "Translation" },
        Transcription with { Method = "TranslateAudioAsync", ResponseNoun = "Translation" },
        StreamedTranscription with { Method = "TranscribeAudioStreamingAsync" },
        SpeechProtocol with { Method = "GenerateSpeech" },
        SpeechProtocol with { Method = "GenerateSpeechAsync" },
        SpeechProtocol with { Method = "GenerateSpeechStreamingAsync", StreamField = OpenAIProtocol.StreamedBodyField },
        Speech with { Method = "GenerateSpeech" },
        Speech with { Method = "GenerateSpeechAsync" },
        Speech with { Method = "GenerateSpeechStreamingAsync", StreamField = OpenAIProtocol.StreamedBodyField },
    ];
}
