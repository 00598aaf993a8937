using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Images of the OpenAI library.</summary>
internal static class OpenAIImages
{
    private static readonly (string Name, ValuePath Path)[] JsonImage =
    [
        ("uri", new("url")),
        ("data", new("b64_json")),
        ("format", new("output_format")),
    ];

    private static readonly ModelOperation Images = new()
    {
        ResponseNoun = "Image Generation",
        Prompt = new("prompt"),
        PromptMedia =
        [
            new("image", ("stream", new("image")), ("name", new("imageFilename", "imageFilePath"))),
            new("image", ("stream", new("mask")), ("name", new("maskFilename", "maskFilePath"))),
        ],
        Parameters =
        [
            ("n", new("imageCount")),
            ("size", new("options.Size.ToString()")),
            ("quality", new("options.Quality.ToString()")),
            ("style", new("options.Style.ToString()")),
            ("background", new("options.Background.ToString()")),
            ("output_format", new("options.OutputFileFormat.ToString()")),
            ("response_format", new("options.ResponseFormat.ToString()")),
            ("moderation", new("options.ModerationLevel.ToString()")),
            ("input_fidelity", new("options.InputFidelity.ToString()")),
        ],
        Content = [new(ValuePath.Self)],
        ContentMappings =
        [
            new("GeneratedImage", ContentKind.Media, ("uri", new("ImageUri")), ("data", new("ImageBytes.ToMemory()"))) { MediaKind = "image" },
        ],
        Response = new("Value"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata =
        [
            ("inputTextTokens", new("InputTokenDetails.TextTokenCount")),
            ("inputImageTokens", new("InputTokenDetails.ImageTokenCount")),
            ("outputImageTokens", new("OutputTokenDetails.ImageTokenCount")),
        ],
        Metadata = [("revisedPrompt", new("0.RevisedPrompt"))],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly ModelOperation JsonUsage = OpenAIProtocol.Operation with
    {
        UsageMetadata =
        [
            ("inputTextTokens", new("input_tokens_details.text_tokens")),
            ("inputImageTokens", new("input_tokens_details.image_tokens")),
            ("outputImageTokens", new("output_tokens_details.image_tokens")),
        ],
    };

    // A single image has no usage; the response it came in does.
    private static readonly ModelOperation OneImage = Images with
    {
        Content = [new("Value")],
        Response = ValuePath.None,
        MetadataSource = new("GetRawResponse().Content.ToString().Json()"),
        Usage = JsonUsage.Usage,
        PromptTokens = JsonUsage.PromptTokens,
        CompletionTokens = JsonUsage.CompletionTokens,
        Tokens = JsonUsage.Tokens,
        UsageMetadata = JsonUsage.UsageMetadata,
        Metadata = [("revisedPrompt", new("data.0.revised_prompt"))],
    };

    private static readonly ModelOperation Protocol = JsonUsage with
    {
        DefersToOuterOverload = true,
        ResponseNoun = "Image Generation",
        Prompt = new("content.prompt"),
        Parameters = OpenAIProtocol.BodyFields("n", "size", "quality", "style", "background", "output_format", "response_format", "moderation"),
        Content = [new("data", ValuePath.Self)],
        ContentMappings =
        [
            new("JsonElement", ContentKind.Media, JsonImage) { When = new("url"), MediaKind = "image" },
            new("image_generation.partial_image", ContentKind.Reasoning, ("text", ValuePath.None)),
            new("image_edit.partial_image", ContentKind.Reasoning, ("text", ValuePath.None)),
            new("JsonElement", ContentKind.Media, JsonImage) { When = new("b64_json"), MediaKind = "image" },
        ],
        Metadata = [("revisedPrompt", new("data.0.revised_prompt"))],
    };

    private static readonly ModelOperation Streamed = Protocol with { DefersToOuterOverload = false, StreamField = OpenAIProtocol.StreamedBodyField };

    public static readonly ModelOperation[] Operations =
    [
        .. Methods("GenerateImage", "Image Generation"),
        .. Methods("GenerateImageEdit", "Image Edit"),
        .. Methods("GenerateImageVariation", "Image Variation"),
        Streamed with { Method = "GenerateImagesStreamingAsync" },
        Streamed with { Method = "GenerateImageEditsStreamingAsync", ResponseNoun = "Image Edit" },
    ];

    private static ModelOperation[] Methods(string name, string noun) =>
    [
        Protocol with { Method = $"{name}s", ResponseNoun = noun },
        Protocol with { Method = $"{name}sAsync", ResponseNoun = noun },
        Images with { Method = $"{name}s", ResponseNoun = noun },
        Images with { Method = $"{name}sAsync", ResponseNoun = noun },
        OneImage with { Method = name, ResponseNoun = noun },
        OneImage with { Method = $"{name}Async", ResponseNoun = noun },
    ];
}
