using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Takes completed traces from the calls that completed them and hands them to every publisher in the background: Openlayer, then
/// <see cref="OpenlayerOptions.Publishers"/>. Bounded for each publisher by <see cref="OpenlayerOptions.MaxQueueLength"/>. Thread-safe.
/// </summary>
internal sealed class TraceQueue : ITraceSink
{
    private readonly OpenlayerOptions _options;
    private readonly FaultLog _faults;
    private readonly OpenlayerPublisher? _openlayer;
    private readonly PublisherQueue[] _queues;
    private readonly object _disposalGate = new();
    private OpenlayerTracer? _tracer;
    private Task? _disposal;

    public TraceQueue(OpenlayerOptions options, FaultLog faults)
    {
        _options = options;
        _faults = faults;
        _openlayer = options.SendToOpenlayer == false ? null : new OpenlayerPublisher(options, faults);
        IEnumerable<ITracePublisher> publishers = _openlayer is null ? options.Publishers : options.Publishers.Prepend(_openlayer);
        _queues = [.. publishers.Select(publisher => new PublisherQueue(publisher, options, faults))];
    }

    /// <summary>How many traces a publisher never got, over all publishers.</summary>
    public long Dropped => _queues.Sum(static queue => queue.Dropped);

    /// <summary>Starts handing traces over. What was accepted before is handed over as well.</summary>
    /// <param name="tracer">The one whose traces these are: whatever publishers call in its services opens no steps.</param>
    public void Start(OpenlayerTracer tracer)
    {
        _tracer = tracer;

        // The loops outlive the call that happens to resolve the tracer, and must not live in its context.
        var suppression = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            foreach (var queue in _queues)
            {
                queue.Start(tracer);
            }
        }
        finally
        {
            suppression?.Undo();
        }
    }

    public void Accept(Trace trace)
    {
        try
        {
            foreach (var queue in _queues)
            {
                queue.Accept(trace);
            }
        }
        catch (Exception exception)
        {
            _faults.Report("A completed trace could not be queued and is lost.", exception);
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_queues.Select(queue => queue.FlushAsync(cancellationToken)));

    public ValueTask DisposeAsync()
    {
        lock (_disposalGate)
        {
            return new(_disposal ??= CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        if (_tracer is not null)
        {
            _tracer.Ambient.Current = _tracer.Silence;
        }

        foreach (var queue in _queues)
        {
            queue.Close();
        }

        try
        {
            await Task.WhenAll(_queues.Select(static queue => queue.Completion))
                .WaitAsync(_options.ShutdownTimeout, _options.TimeProvider)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var queue in _queues)
            {
                queue.Abandon();
            }
        }

        foreach (var queue in _queues)
        {
            queue.LogDrops();
        }

        _openlayer?.Dispose();
    }
}
