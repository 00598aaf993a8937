using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>A stream that is not recorded. Its code still runs under its ambient step. If that is suppressed, calls in it are not recorded either.</summary>
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
