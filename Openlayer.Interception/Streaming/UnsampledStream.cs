using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// A stream that would be the root of a trace but is not sampled. Calls in its code are not recorded. Work that outlives the enumeration is
/// sampled again.
/// </summary>
internal sealed class UnsampledStream<T>(StepSource steps) : StreamObserver<T>(steps.Log)
{
    private readonly StepContext _context = StepContext.Suppressed();

    public override bool IsObserved => false;

    public override AmbientScope Scope => new(steps.Ambient, _context);

    public override void OnMoveNext()
    {
    }

    protected override void RecordItem(T item)
    {
    }

    protected override void RecordEnd(StreamEnd end, Exception? failure) => _context.EndSuppression();

    protected override StreamObserver<T> CreateNext() => new UnsampledStream<T>(steps);
}
