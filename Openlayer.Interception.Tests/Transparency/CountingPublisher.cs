namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Counts traces without keeping them.</summary>
internal sealed class CountingPublisher : ITracePublisher
{
    private int _traces;
    private int _openRoots;

    public int Traces => Volatile.Read(ref _traces);

    public int OpenRoots => Volatile.Read(ref _openRoots);

    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _traces, traces.Count);
        Interlocked.Add(ref _openRoots, traces.Count(static trace => trace.Root.EndTime is null));
        return default;
    }
}
