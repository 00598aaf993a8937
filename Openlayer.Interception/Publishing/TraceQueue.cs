using System.Runtime.InteropServices;
using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Takes completed traces from the calls that completed them and hands them on in the background: to Openlayer, and to each of
/// <see cref="OpenlayerOptions.Publishers"/>. Bounded for each by <see cref="OpenlayerOptions.MaxQueueLength"/>. Ends with the tracer, or with
/// the process. Thread-safe.
/// </summary>
internal sealed class TraceQueue : ITraceSink
{
    // Of the time an orderly end leaves: what is not sent by then has to reach the disk.
    private static readonly TimeSpan SendingAtExit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestExit = TimeSpan.FromSeconds(5);

    private readonly OpenlayerSettings _settings;
    private readonly InternalLog _faults;
    private readonly OpenlayerDelivery? _openlayer;
    private readonly PublisherQueue[] _queues;
    private readonly object _disposalGate = new();
    private readonly PublishingContext _context;
    private Task? _disposal;
    private readonly PosixSignalRegistration? _termination;

    public TraceQueue(OpenlayerSettings settings, PublishingContext context, InternalLog faults)
    {
        _settings = settings;
        _faults = faults;
        _context = context;
        _openlayer = settings.SendToOpenlayer == false ? null : new OpenlayerDelivery(settings, _context, faults);
        _queues = [.. settings.Publishers.Select(publisher => new PublisherQueue(publisher, settings, _context, faults))];

        // The loops outlive the call that happens to resolve the tracer, and must not live in its context.
        var suppression = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            _openlayer?.Start();
            foreach (var queue in _queues)
            {
                queue.Start();
            }

            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
            _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnTermination);
        }
        finally
        {
            suppression?.Undo();
        }
    }

    /// <summary>How many traces a publisher of the user's never got, over all of them.</summary>
    public long Dropped => _queues.Sum(static queue => queue.Dropped);

    /// <summary>What counts the traces on their way to Openlayer; null where none are sent.</summary>
    public DeliveryMeter? Meter => _openlayer?.Meter;

    /// <summary>How many traces wait to be sent to Openlayer, those in a request included.</summary>
    public int QueueLength => _openlayer?.QueueLength ?? 0;

    /// <summary>How many of them are rows that wait for a request.</summary>
    public int WaitingRows => _openlayer?.WaitingRows ?? 0;

    public void Accept(OpenlayerTrace trace)
    {
        try
        {
            _openlayer?.Accept(trace);
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
        Task.WhenAll(_queues.Select(queue => queue.FlushAsync(cancellationToken)).Append(_openlayer?.FlushAsync(cancellationToken) ?? Task.CompletedTask));

    public Task<BufferReplay> ReplayAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken) =>
        _openlayer?.ReplayAsync(onFailure, onSent, cancellationToken) ?? Task.FromResult(new BufferReplay(0, 0, 0, 0));

    public BufferStatus GetBufferStatus() =>
        _openlayer?.GetBufferStatus() ?? new BufferStatus(false, _settings.OfflineBuffer.Path, 0, 0, null, 0);

    public int ClearBuffer() => _openlayer?.ClearBuffer() ?? 0;

    /// <summary>Ends a pause of the sending to Openlayer.</summary>
    public Task ResumeAsync() => _openlayer?.ResumeAsync() ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => new(CloseOnceAsync(_settings.ShutdownTimeout, _settings.TimeProvider));

    private Task CloseOnceAsync(TimeSpan timeout, TimeProvider timeProvider)
    {
        lock (_disposalGate)
        {
            return _disposal ??= CloseAsync(timeout, timeProvider);
        }
    }

    /// <summary>
    /// SIGTERM, which ends the process at once where nobody has it do otherwise, without <see cref="AppDomain.ProcessExit"/> from .NET 10 on.
    /// Whoever does, a host for one, still completes traces: nothing is closed here.
    /// </summary>
    private void OnTermination(PosixSignalContext context)
    {
        if (context.Cancel || _openlayer is null)
        {
            return;
        }

        try
        {
            Task.Run(() => _openlayer.DrainAsync(SendingAtExit)).Wait(LongestExit);
        }
        catch (Exception exception)
        {
            _faults.Report("The end of the process was not orderly: traces may be lost.", exception);
        }
    }

    /// <summary>The end of a process that does not dispose of its container.</summary>
    private void OnProcessExit(object? sender, EventArgs arguments)
    {
        try
        {
            var timeout = _settings.ShutdownTimeout < SendingAtExit ? _settings.ShutdownTimeout : SendingAtExit;
            Task.Run(() =>
            {
                _openlayer?.WriteAhead();
                return CloseOnceAsync(timeout, TimeProvider.System);
            }).Wait(LongestExit);
        }
        catch (Exception exception)
        {
            _faults.Report("The end of the process was not orderly: traces may be lost.", exception);
        }
    }

    private async Task CloseAsync(TimeSpan timeout, TimeProvider timeProvider)
    {
        _context.Enter();
        if (_openlayer is not null)
        {
            await _openlayer.CloseAsync().ConfigureAwait(false);
        }

        foreach (var queue in _queues)
        {
            queue.Close();
        }

        try
        {
            await Task.WhenAll(_queues.Select(static queue => queue.Completion).Append(_openlayer?.Completion ?? Task.CompletedTask))
                .WaitAsync(timeout, timeProvider)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var queue in _queues)
            {
                queue.Abandon();
            }

            await (_openlayer?.AbandonAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }

        foreach (var queue in _queues)
        {
            queue.LogDrops();
        }

        _openlayer?.Dispose();
        _termination?.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
    }
}
