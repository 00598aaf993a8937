using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>A stream that is not recorded. Its code still runs under an ambient step: calls made by it are not recorded either if that is the suppressed one.</summary>
internal sealed class UnobservedStream<T>(AmbientScope scope, InternalLog log) : StreamObserver<T>(log)
{
    public override bool IsObserved => false;

    public override AmbientScope Scope => scope;

    public override void OnMoveNext()
    {
    }

    protected override void RecordItem(T item)
    {
    }

    protected override void RecordEnd(StreamEnd end, Exception? failure)
    {
    }

    protected override StreamObserver<T> CreateNext() => this;
}
