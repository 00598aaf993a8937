namespace Openlayer.Interception;

/// <summary>A request to an embedding model.</summary>
public sealed class EmbeddingStep : ModelStep
{
    internal EmbeddingStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Embedding)
    {
    }

    /// <summary>The number of dimensions of one embedding. Null if unknown.</summary>
    public int? EmbeddingDimensions { get; set; }

    /// <summary>The number of embeddings in the response. Null if unknown.</summary>
    public int? EmbeddingCount { get; set; }

    internal override void FillFrom(ModelStep inner)
    {
        base.FillFrom(inner);
        EmbeddingDimensions ??= (inner as EmbeddingStep)?.EmbeddingDimensions;
        EmbeddingCount ??= (inner as EmbeddingStep)?.EmbeddingCount;
    }
}
