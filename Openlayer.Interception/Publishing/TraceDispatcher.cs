using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Dispatches each completed trace to Openlayer and to each of <see cref="OpenlayerOptions.Publishers"/>, in the background. Every destination
/// has a bounded queue of its own. Ends with the tracer, or with the process. Thread-safe.
/// </summary>
internal sealed class TraceDispatcher : ITraceSink, IAsyncDisposable
{
    private readonly OpenlayerSettings _settings;
    private readonly PublishingContext _context;
    private readonly OpenTraces _open;
    private readonly InternalLog _log;
    private readonly TraceFinisher _finisher;
    private readonly PublisherQueue[] _publishers;
    private readonly object _disposalGate = new();
    private Task? _disposal;
    private long? _shutdownBegan;

    public TraceDispatcher(OpenlayerSettings settings, PublishingContext context, OpenTraces open, InternalLog log, bool isHosted)
    {
        _settings = settings;
        _context = context;
        _open = open;
        _log = log;
        _finisher = new TraceFinisher(settings, context, log);
        IsHosted = isHosted;
        Openlayer = settings.SendToOpenlayer ? new OpenlayerDelivery(settings, context, log) : null;
        _publishers = [.. settings.Publishers.Select(publisher => new PublisherQueue(publisher, settings, context, log))];

        // The loops outlive the call that happens to resolve the tracer, and must not run in its context.
        var suppression = AmbientStep.SuppressFlow();
        try
        {
            Openlayer?.Start();
            foreach (var publisher in _publishers)
            {
                publisher.Start();
            }

            ProcessLifetime.Add(this);
        }
        finally
        {
            suppression?.Undo();
        }
    }

    /// <summary>The delivery to Openlayer. Null if <see cref="OpenlayerOptions.SendToOpenlayer"/> is false.</summary>
    public OpenlayerDelivery? Openlayer { get; }

    /// <summary>Whether a host handles the signals that end the process, and disposes this when one comes.</summary>
    public bool IsHosted { get; }

    public void Accept(OpenlayerTrace trace)
    {
        try
        {
            if (!_finisher.Finish(trace))
            {
                trace.ReleaseAttachments();
                return;
            }

            Openlayer?.Accept(trace);
            foreach (var publisher in _publishers)
            {
                publisher.Accept(trace);
            }
        }
        catch (Exception exception)
        {
            _log.Report(PublishingEvents.TraceNotQueued, exception);
        }
    }

    /// <summary>
    /// Completes when every trace accepted before the call has been published, dropped or kept. Inside a publisher or callback it starts
    /// that and completes immediately: otherwise it would wait for its own caller.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var flush = Task.WhenAll(
            _publishers.Select(publisher => publisher.FlushAsync(cancellationToken))
                .Append(Openlayer?.FlushAsync(cancellationToken) ?? Task.CompletedTask));
        return _context.IsInCallback ? Task.CompletedTask : flush;
    }

    /// <summary>
    /// The host is stopping, and disposes the tracer soon. Waits until what was completed is published, for at most
    /// <see cref="OpenlayerOptions.ShutdownTimeout"/>. The disposal has the rest of that time.
    /// </summary>
    public async Task FlushBeforeDisposalAsync(CancellationToken cancellationToken)
    {
        _shutdownBegan ??= _settings.TimeProvider.GetTimestamp();
        try
        {
            await FlushAsync(cancellationToken).WaitAsync(RemainingShutdownTime(), _settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // What is left is published, buffered or reported by the disposal.
        }
    }

    /// <summary>
    /// Publishes what waits, for at most <see cref="OpenlayerOptions.ShutdownTimeout"/>, and ends. Inside a publisher or callback it starts
    /// that and completes immediately.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        var disposal = CloseOnceAsync(RemainingShutdownTime(), _settings.TimeProvider);
        return _context.IsInCallback ? default : new(disposal);
    }

    /// <summary>Publishes what waits within the limit, on disk first where the offline buffer is on. The process may end now, or continue.</summary>
    /// <param name="limit">How much real time there is for sending.</param>
    /// <param name="withOpenTraces">Whether the process is likely to end, so that open traces are published as they are.</param>
    public async Task DrainAsync(TimeSpan limit, bool withOpenTraces)
    {
        _context.Enter();
        try
        {
            if (withOpenTraces)
            {
                _open.PublishAll();
            }

            var sending = AtMostShutdownTimeout(limit);
            await Task.WhenAll(
                _publishers.Select(publisher => publisher.DrainAsync(sending)).Append(Openlayer?.DrainAsync(sending) ?? Task.CompletedTask))
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ReportDisorder(exception);
        }
    }

    /// <summary>
    /// Publishes open traces as they are, and what waits within the limit, on disk first where the offline buffer is on. Ends with the process.
    /// </summary>
    /// <param name="limit">How much real time there is for sending.</param>
    public async Task EndAsync(TimeSpan limit)
    {
        _context.Enter();
        try
        {
            _open.PublishAll();
            Openlayer?.WriteAhead();
            await CloseOnceAsync(AtMostShutdownTimeout(limit), TimeProvider.System).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            ReportDisorder(exception);
        }
    }

    private TimeSpan AtMostShutdownTimeout(TimeSpan limit) => _settings.ShutdownTimeout < limit ? _settings.ShutdownTimeout : limit;

    private TimeSpan RemainingShutdownTime()
    {
        var used = _shutdownBegan is { } began ? _settings.TimeProvider.GetElapsedTime(began) : TimeSpan.Zero;
        return used < _settings.ShutdownTimeout ? _settings.ShutdownTimeout - used : TimeSpan.Zero;
    }

    private void ReportDisorder(Exception exception) =>
        _log.Report(PublishingEvents.ProcessEndFailed, exception);

    private Task CloseOnceAsync(TimeSpan timeout, TimeProvider timeProvider)
    {
        lock (_disposalGate)
        {
            return _disposal ??= CloseAsync(timeout, timeProvider);
        }
    }

    private async Task CloseAsync(TimeSpan timeout, TimeProvider timeProvider)
    {
        _context.Enter();
        Openlayer?.Close(timeout);
        foreach (var publisher in _publishers)
        {
            publisher.Close();
        }

        try
        {
            await Task.WhenAll(_publishers.Select(static publisher => publisher.Completion).Append(Openlayer?.Completion ?? Task.CompletedTask))
                .WaitAsync(timeout, timeProvider)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var publisher in _publishers)
            {
                publisher.Abandon();
            }

            await (Openlayer?.AbandonAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }

        foreach (var publisher in _publishers)
        {
            publisher.LogDrops();
        }

        Openlayer?.Dispose();
        ProcessLifetime.Remove(this);
    }
}
