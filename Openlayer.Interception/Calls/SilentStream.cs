using Openlayer.Interception.Interception;

namespace Openlayer.Interception.Calls;

/// <summary>A stream of a call that is not recorded: what its code calls is not recorded either, whoever reads it.</summary>
internal sealed class SilentStream<T>(OpenlayerTracer tracer) : StreamObserver<T>
{
    public override object? Enter()
    {
        var previous = tracer.Ambient;
        tracer.Enter(tracer.Silence);
        return previous;
    }

    public override void Leave(object? entered) => tracer.Leave((Step?)entered);

    public override void Asked()
    {
    }

    public override void Produced(T item)
    {
    }

    public override void Ended(StreamEnd end, Exception? exception = null)
    {
    }

    public override StreamObserver<T> Again() => this;
}
