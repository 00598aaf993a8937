using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>A stream of a call that is not recorded: what its code calls is not recorded either, whoever reads it.</summary>
internal sealed class SuppressedStream<T>(OpenlayerTracer tracer) : StreamObserver<T>
{
    public override bool IsTold => false;

    public override AmbientScope Scope => new(tracer.Ambient, tracer.SuppressedStep);

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
