using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>OllamaSharp, as of 5.5.</summary>
internal static class Ollama
{
    private static readonly ModelOperation Generate = new()
    {
        Method = "GenerateAsync",
        Prompt = new("request.Prompt"),
        Instructions = new("request.System"),
        RequestedModel = new("request.Model"),
        Parameters =
        [
            ("temperature", new("request.Options.Temperature")),
            ("num_predict", new("request.Options.NumPredict")),
            ("num_ctx", new("request.Options.NumCtx")),
            ("top_p", new("request.Options.TopP")),
            ("top_k", new("request.Options.TopK")),
            ("frequency_penalty", new("request.Options.FrequencyPenalty")),
            ("presence_penalty", new("request.Options.PresencePenalty")),
            ("seed", new("request.Options.Seed")),
            ("stop", new("request.Options.Stop")),
            ("images", new("request.Images.Length")),
        ],
        ResponseFormat = new("request.Format"),
        Content = [new("Response")],
        ServedModel = new("Model"),

        // The last item has the token counts itself.
        Usage = new(ValuePath.Self),
        PromptTokens = new("PromptEvalCount"),
        CompletionTokens = new("EvalCount"),
        Metadata = [("servedModel", new("Model")), ("finishReason", new("DoneReason"))],
    };

    private static readonly ModelOperation Chat = Generate with
    {
        Method = "ChatAsync",
        Prompt = new("request.Messages"),
        Instructions = ValuePath.None,
        Tools = new("request.Tools"),
        ToolFields = [("name", new("Function.Name")), ("description", new("Function.Description")), ("parameters", new("Function.Parameters"))],
        Role = new("Role.ToString()"),
        MessageFields = [("tool_name", new("ToolName"))],
        Content = [new("Message.Content", "Content"), new("Message.ToolCalls", "ToolCalls")],
        Base64Media = new("Images"),
        ContentMappings =
        [
            new("ToolCall", ContentKind.ToolCall, ("id", new("Id")), ("name", new("Function.Name")), ("arguments", new("Function.Arguments"))),
            new(nameof(Base64Media), ContentKind.Media, ("data", new("Data"))) { MediaKind = "image" },
        ],
    };

    private static readonly ModelOperation Embed = new()
    {
        Method = "EmbedAsync",
        StepType = StepType.Embedding,
        Prompt = new("request.Input"),
        RequestedModel = new("request.Model"),
        Parameters = [("dimensions", new("request.Dimensions"))],
        Usage = new(ValuePath.Self),
        PromptTokens = new("PromptEvalCount"),
        Tokens = new("PromptEvalCount"),
        EmbeddingCount = new("Embeddings.Count"),
        EmbeddingDimensions = new("Embeddings.0.Length"),
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "OllamaSharp.IOllamaApiClient",
            AssemblyName = "OllamaSharp",
            Provider = "Ollama",
            DefaultModel = new("SelectedModel"),
            Operations = [Chat, Generate, Embed],
        },
    ];
}
