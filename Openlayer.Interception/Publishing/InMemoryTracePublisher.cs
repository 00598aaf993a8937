namespace Openlayer.Interception;

/// <summary>Keeps all completed traces in memory until <see cref="Clear"/>, for tests. Thread-safe.</summary>
public sealed class InMemoryTracePublisher : ITracePublisher
{
    private readonly object _gate = new();
    private readonly List<OpenlayerTrace> _traces = [];

    /// <summary>Returns a copy of the traces published so far, in the order of their completion.</summary>
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

    /// <summary>Removes the traces published so far.</summary>
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
