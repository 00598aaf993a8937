namespace Openlayer.Interception;

/// <summary>A request to an embedding model.</summary>
public sealed class EmbeddingStep : ModelStep
{
    private int? _dimensions;
    private int? _count;

    internal EmbeddingStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Embedding)
    {
    }

    /// <summary>The number of dimensions of one embedding. Null if unknown. A negative number is taken as null.</summary>
    public int? EmbeddingDimensions
    {
        get => _dimensions;
        set => _dimensions = Known(value);
    }

    /// <summary>The number of embeddings in the response. Null if unknown. A negative number is taken as null.</summary>
    public int? EmbeddingCount
    {
        get => _count;
        set => _count = Known(value);
    }

    internal override void FillFrom(ModelStep inner)
    {
        base.FillFrom(inner);
        EmbeddingDimensions ??= (inner as EmbeddingStep)?.EmbeddingDimensions;
        EmbeddingCount ??= (inner as EmbeddingStep)?.EmbeddingCount;
    }
}
