using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Moderations of the OpenAI library: the answer is what the model says of each category, as on the wire.</summary>
internal static class OpenAIModerations
{
    private static readonly ModelOperation Moderation = new()
    {
        ResponseNoun = "Moderation",
        Prompt = new("input", "inputs"),
        PromptParts = [new("inputParts")],
        ContentMappings =
        [
            new("ModerationInputPart", ContentKind.Text, ("text", new("Text"))) { When = new("Text") },
            new("ModerationInputPart", ContentKind.Media, ("uri", new("ImageUri"))) { When = new("ImageUri"), MediaKind = "image" },
        ],
        MetadataSource = new("GetRawResponse().Content.ToString().Json()"),
        Output = new("results"),
        ServedModel = new("model"),
        Metadata = [("responseId", new("id")), ("servedModel", new("model"))],
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    private static readonly ModelOperation Protocol = Moderation with
    {
        DefersToOuterOverload = true,
        RequiredParameter = "content",
        BodyParameter = "content",
        ReplayableBodyTypes = OpenAIProtocol.Operation.ReplayableBodyTypes,
        RequestedModel = OpenAIProtocol.Operation.RequestedModel,
        Prompt = new("content.input"),
        PromptParts = [],
        Content = [new(ValuePath.Self)],
        ContentMappings =
        [
            new("text", ContentKind.Text, ("text", new("text"))),
            new("image_url", ContentKind.Media, ("uri", new("image_url.url"))) { MediaKind = "image" },
        ],
    };

    public static readonly ModelOperation[] Operations =
    [
        Protocol with { Method = "ClassifyText" },
        Protocol with { Method = "ClassifyTextAsync" },
        Protocol with { Method = "ClassifyInputs" },
        Protocol with { Method = "ClassifyInputsAsync" },
        Moderation with { Method = "ClassifyText" },
        Moderation with { Method = "ClassifyTextAsync" },
        Moderation with { Method = "ClassifyInputs" },
        Moderation with { Method = "ClassifyInputsAsync" },
    ];
}
