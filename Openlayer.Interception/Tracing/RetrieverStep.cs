using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>A retrieval of documents.</summary>
public sealed class RetrieverStep : Step
{
    private object? _documents;

    internal RetrieverStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Retriever)
    {
    }

    /// <summary>The documents that were retrieved. Default: null.</summary>
    public object? Documents
    {
        get => CapturedDictionary.ToPublicValue(_documents);
        set => _documents = Capture(value, inPlaceOf: _documents);
    }

    internal object? CapturedDocuments => _documents;

    internal override void CollectAttachments(TraceExtras trace)
    {
        base.CollectAttachments(trace);
        trace.AddHeld(CapturedDocuments);
    }

    /// <summary>Whether the step is a call of a recognised client. Nested ones can be layers of one request.</summary>
    internal bool IsRequest { get; set; }

    /// <summary>Sets the documents in their captured form.</summary>
    internal void SetCapturedDocuments(object? captured) => _documents = captured;

    /// <summary>Fills in missing values from a step of the same request that is nearer to the index.</summary>
    internal void FillFrom(RetrieverStep inner)
    {
        _documents ??= inner._documents;
        FillValuesFrom(inner);
    }
}
