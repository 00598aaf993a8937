namespace Openlayer.Interception;

/// <summary>Keeps completed traces in memory, for tests. Thread-safe.</summary>
public sealed class InMemoryTracePublisher : ITracePublisher
{
    private readonly object _gate = new();
    private readonly List<OpenlayerTrace> _traces = [];

    /// <summary>The traces published so far, in the order of their completion. A copy.</summary>
    public IReadOnlyList<OpenlayerTrace> Traces
    {
        get
        {
            lock (_gate)
            {
                return [.. _traces];
            }
        }
    }

    /// <summary>Forgets the traces published so far.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _traces.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _traces.AddRange(traces);
        }

        return default;
    }
}
