namespace Openlayer.Interception.Benchmarks;

/// <summary>Counts traces and drops them.</summary>
public sealed class CountingPublisher : ITracePublisher
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _count, traces.Count);
        return default;
    }
}
