namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>
/// The conventional names of a client that the library does not know: those of the wire formats, as .NET clients spell them.
/// </summary>
internal static class ConventionalClient
{
    public static readonly ModelOperation Operation = new()
    {
        Prompt = new(
            "messages", "chatHistory", "history", "conversation", "prompt", "question", "input", "inputs", "query", "text", "texts",
            "request.Messages", "request.Prompt", "request.Input"),
        Instructions = new("system", "systemPrompt", "instructions", "options.Instructions", "request.System", "request.Instructions"),
        RequestedModel = new(
            "model", "modelId", "modelName", "options.Model", "options.ModelId", "request.Model", "request.ModelId", "settings.ModelId"),
        Parameters =
        [
            ("temperature", new("temperature", "options.Temperature", "request.Temperature", "settings.Temperature")),
            ("max_tokens", new("maxTokens", "options.MaxTokens", "options.MaxOutputTokens", "request.MaxTokens", "settings.MaxTokens")),
            ("top_p", new("topP", "options.TopP", "request.TopP", "settings.TopP")),
            ("frequency_penalty", new("options.FrequencyPenalty", "request.FrequencyPenalty")),
            ("presence_penalty", new("options.PresencePenalty", "request.PresencePenalty")),
            ("seed", new("seed", "options.Seed", "request.Seed")),
            ("stop", new("stop", "options.StopSequences", "request.Stop", "request.StopSequences")),
        ],
        Tools = new("tools", "options.Tools", "request.Tools"),
        Role = new("Role.Value", "Role"),
        Content =
        [
            new("Contents", "Content", "Text", "OutputText", "Answer", "Completion", "Output", "Message.Content", "Choices.0.Message.Content"),
            new("ToolCalls", "Message.ToolCalls", "Choices.0.Message.ToolCalls"),
        ],
        ContentMappings =
        [
            .. ExtensionsAI.ContentMappings,
            new(
                "ToolCall",
                ContentKind.ToolCall,
                ("id", new("Id", "CallId")),
                ("name", new("Name", "FunctionName", "Function.Name")),
                ("arguments", new("Arguments", "FunctionArguments", "Function.Arguments"))),
        ],
        ResponseMessages = new("Messages"),
        ServedModel = new("ModelId", "Model"),
        Usage = new("Usage", "TokenUsage", "Metadata.Usage"),
        UsageAccumulates = true,
        PromptTokens = new("InputTokenCount", "InputTokens", "PromptTokens", "PromptTokenCount"),
        CompletionTokens = new("OutputTokenCount", "OutputTokens", "CompletionTokens", "CompletionTokenCount"),
        Tokens = new("TotalTokenCount", "TotalTokens"),
        EmbeddingCount = new("Count", "Embeddings.Count", "Embeddings.Length", "Vectors.Count", "Vectors.Length", "Data.Count"),
        EmbeddingDimensions = new("Dimensions", "0.Length", "Embeddings.0.Length", "Vectors.0.Length", "Embedding.Length", "Vector.Length", "Length"),
        Metadata =
        [
            ("responseId", new("ResponseId", "Id")),
            ("servedModel", new("ModelId", "Model")),
            ("finishReason", new("FinishReason.Value", "FinishReason", "StopReason")),
        ],
    };
}
