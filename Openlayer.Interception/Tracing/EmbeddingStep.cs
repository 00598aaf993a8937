namespace Openlayer.Interception;

/// <summary>A request to an embedding model.</summary>
public sealed class EmbeddingStep : ModelStep
{
    internal EmbeddingStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Embedding)
    {
    }

    /// <summary>How many numbers one embedding has. Null if not known.</summary>
    public int? EmbeddingDimensions { get; set; }

    /// <summary>How many embeddings came back. Null if not known.</summary>
    public int? EmbeddingCount { get; set; }

    internal override void FillFrom(ModelStep inner)
    {
        base.FillFrom(inner);
        EmbeddingDimensions ??= (inner as EmbeddingStep)?.EmbeddingDimensions;
        EmbeddingCount ??= (inner as EmbeddingStep)?.EmbeddingCount;
    }
}
