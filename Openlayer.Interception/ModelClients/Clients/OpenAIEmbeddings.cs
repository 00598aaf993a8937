using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Embeddings of the OpenAI library.</summary>
internal static class OpenAIEmbeddings
{
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
        RawResponse = new("GetRawResponse().Content.ToString()"),
    };

    // A single embedding has no usage; the response it came in does.
    private static readonly ModelOperation OneEmbedding = Embeddings with
    {
        Response = ValuePath.None,
        MetadataSource = new("GetRawResponse().Content.ToString().Json()"),
        ServedModel = new("model"),
        Usage = new("usage"),
        PromptTokens = new("prompt_tokens"),
        Tokens = new("total_tokens"),
        Metadata = [("servedModel", new("model"))],
        EmbeddingCount = ValuePath.None,
        EmbeddingDimensions = new("Value.ToFloats().Length"),
    };

    private static readonly ModelOperation Protocol = OpenAIProtocol.Operation with
    {
        DefersToOuterOverload = true,
        StepType = StepType.Embedding,
        Prompt = new("content.input"),
        Parameters = OpenAIProtocol.BodyFields("dimensions"),
        EmbeddingCount = new("data.GetArrayLength()"),
        EmbeddingDimensions = new("data.0.embedding.GetArrayLength()", "data.0.embedding"),
    };

    public static readonly ModelOperation[] Operations =
    [
        OneEmbedding with { Method = "GenerateEmbedding" },
        OneEmbedding with { Method = "GenerateEmbeddingAsync" },
        Embeddings with { Method = "GenerateEmbeddings", RequiredParameter = "inputs" },
        Embeddings with { Method = "GenerateEmbeddingsAsync", RequiredParameter = "inputs" },
        Protocol with { Method = "GenerateEmbeddings" },
        Protocol with { Method = "GenerateEmbeddingsAsync" },
    ];
}
