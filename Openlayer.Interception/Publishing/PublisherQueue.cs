using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// The traces that wait for one publisher, and the loop that hands them over, in the order of their completion. Each publisher has its
/// own, so that a slow or failing one neither holds back nor loses traces for the others.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "The token source has no timer and no wait handle, and a publisher may use its token after the queue is gone.")]
internal sealed class PublisherQueue
{
    // What has been handed over no longer counts against the queue's limit, so that a hand-over has a limit of its own.
    private const int MaxBatchLength = 100;

    private readonly ITracePublisher _publisher;
    private readonly string _publisherName;
    private readonly OpenlayerSettings _settings;
    private readonly PublishingContext _context;
    private readonly InternalLog _faults;
    private readonly DropLog _drops;
    private readonly CancellationTokenSource _abandonment = new();
    private readonly object _gate = new();

    // Under the gate.
    private readonly Intake<(OpenlayerTrace Trace, long Number)> _waiting;
    private long _lastAccepted;
    private long _lastSettled;
    private int _inHand;
    private long _abandoned;
    private TaskCompletionSource _progress = NewProgress();

    public PublisherQueue(ITracePublisher publisher, OpenlayerSettings settings, PublishingContext context, InternalLog faults)
    {
        _publisher = publisher;
        _publisherName = publisher.GetType().Name;
        _settings = settings;
        _context = context;
        _faults = faults;
        _drops = new DropLog(context, settings.TimeProvider, (logger, count) => logger.LogWarning(
            "{Count} completed traces are lost: when {Publisher} was to take them {MaxQueueLength} were waiting already (OpenlayerOptions.MaxQueueLength), or the tracer had been disposed of.",
            count,
            _publisherName,
            settings.MaxQueueLength));
        _waiting = new Intake<(OpenlayerTrace, long)>(_gate, settings.MaxQueueLength, _ => _drops.Add(1));
    }

    /// <summary>Completes when the queue is closed and all that waited has been handed over.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>How many traces the publisher never got.</summary>
    public long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _drops.Count + _abandoned;
            }
        }
    }

    /// <summary>Starts handing over, on a thread of its own.</summary>
    public void Start() => Completion = DedicatedThread.Run(Run);

    public void Accept(OpenlayerTrace trace)
    {
        lock (_gate)
        {
            // The number is given and the trace queued as one, so that numbers are in the order of the queue.
            if (_waiting.TryAdd((trace, _lastAccepted + 1), trace.StepCount))
            {
                _lastAccepted++;
            }
            else
            {
                _drops.Add(1);
            }
        }

        _drops.TellWhereDue();
    }

    /// <summary>Completes when every trace accepted before the call has been handed over, or dropped.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        long? target = null;
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                target ??= _lastAccepted;
                if (_lastSettled >= target)
                {
                    return;
                }

                _waiting.Hurry();
                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Accepts nothing more. What waits is still handed over.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _waiting.Close();
        }
    }

    /// <summary>Gives up on what waits and on what the publisher has in hand, which is cancelled. Logs how many traces that is.</summary>
    public void Abandon()
    {
        int left;
        lock (_gate)
        {
            left = _inHand + _waiting.Count;
            _abandoned += left;
            while (_waiting.TryTake(out _))
            {
            }
        }

        Settle(long.MaxValue);
        _ = CancelPublisherAsync();
        if (left > 0)
        {
            _context.Log(logger => logger.LogWarning(
                "{Count} completed traces are lost: {Publisher} had not published them before {ShutdownTimeout} had passed (OpenlayerOptions.ShutdownTimeout).",
                left,
                _publisherName,
                _settings.ShutdownTimeout));
        }
    }

    /// <summary>Logs the drops that no message has told of yet.</summary>
    public void LogDrops() => _drops.Tell();

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run()
    {
        _context.Enter();
        while (_waiting.Wait())
        {
            while (TryTake(out var traces, out var last))
            {
                HandOverAsync(traces).GetAwaiter().GetResult();
                Settle(last);
            }
        }
    }

    private bool TryTake([NotNullWhen(true)] out List<OpenlayerTrace>? traces, out long last)
    {
        traces = null;
        last = 0;
        lock (_gate)
        {
            while ((traces?.Count ?? 0) < MaxBatchLength && _waiting.TryTake(out var next))
            {
                (traces ??= []).Add(next.Trace);
                last = next.Number;
            }

            _inHand = traces?.Count ?? 0;
        }

        return traces is not null;
    }

    // A method of its own, so that what a publisher writes to its execution context ends with the call.
    private async Task HandOverAsync(List<OpenlayerTrace> traces)
    {
        try
        {
            await _publisher.PublishAsync(traces, _abandonment.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!_abandonment.IsCancellationRequested)
            {
                _faults.Report($"The publisher {_publisherName} failed: what it was given may not have been published.", exception);
            }
        }
    }

    private void Settle(long last)
    {
        TaskCompletionSource progress;
        lock (_gate)
        {
            _lastSettled = Math.Max(_lastSettled, last);
            _inHand = 0;
            progress = _progress;
            _progress = NewProgress();
        }

        progress.SetResult();
    }

    private async Task CancelPublisherAsync()
    {
        try
        {
            await _abandonment.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _faults.Report($"The publisher {_publisherName} failed when it was cancelled.", exception);
        }
    }
}
