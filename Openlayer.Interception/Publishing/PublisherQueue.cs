using System.Diagnostics.CodeAnalysis;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// The traces that wait for one publisher, and the thread that calls it with them, in the order of completion. Each publisher has its own,
/// so that a slow or failing one neither delays nor loses traces for the others. Thread-safe.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "The token source has no timer and no wait handle, and a publisher may use its token after the queue is gone.")]
internal sealed class PublisherQueue
{
    // Batches no longer count towards the queue's bounds, so they have bounds of their own.
    private const int MaxBatchLength = 100;
    private const int BatchShareOfQueueBytes = 8;

    private readonly ITracePublisher _publisher;
    private readonly string _publisherName;
    private readonly OpenlayerSettings _settings;
    private readonly PublishingContext _context;
    private readonly InternalLog _log;
    private readonly DropLog _drops;
    private readonly CancellationTokenSource _abandonment = new();
    private readonly object _gate = new();

    // Under the gate.
    private readonly CoalescingQueue<Entry> _waiting;
    private long _lastAccepted;
    private long _lastSettled;
    private int _inPublisher;
    private TaskCompletionSource _progress = NewProgress();

    public PublisherQueue(ITracePublisher publisher, OpenlayerSettings settings, PublishingContext context, InternalLog log)
    {
        _publisher = publisher;
        _publisherName = publisher.GetType().Name;
        _settings = settings;
        _context = context;
        _log = log;
        _drops = new DropLog(
            context,
            settings.TimeProvider,
            count => (PublishingEvents.PublisherQueueFull, [count, _publisherName, settings.MaxQueueLength, settings.MaxQueueBytes]));
        _waiting = new CoalescingQueue<Entry>(
            _gate,
            settings.MaxQueueLength,
            settings.MaxQueueBytes,
            static entry => entry.Trace.EstimatedBytes,
            _ => _drops.Add(1));
    }

    /// <summary>Completes when the queue is closed and everything in it has been published.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts publishing, on a thread of its own.</summary>
    public void Start() => Completion = DedicatedThread.Run(Run);

    public void Accept(OpenlayerTrace trace)
    {
        lock (_gate)
        {
            // Numbered under the lock, so that numbers are in the order of the queue.
            if (_waiting.TryAdd(new Entry(trace, _lastAccepted + 1)))
            {
                _lastAccepted++;
            }
            else
            {
                _drops.Add(1);
            }
        }

        _drops.LogIfDue();
    }

    /// <summary>Completes when every trace accepted before the call has been published or dropped. Starts publishing them immediately.</summary>
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

                _waiting.Flush();
                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes what waits, for at most <paramref name="limit"/> of real time. Publishing continues afterwards.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        try
        {
            await FlushAsync(CancellationToken.None).WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            int left;
            lock (_gate)
            {
                left = _inPublisher + _waiting.Count;
            }

            _context.Log(PublishingEvents.PublisherNotFinishedAtExit, left, _publisherName);
        }
    }

    /// <summary>Accepts nothing more. What waits is still published.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _waiting.Close();
        }
    }

    /// <summary>Discards what waits, cancels the publisher, and logs how many traces are lost, those in the publisher included.</summary>
    public void Abandon()
    {
        int left;
        lock (_gate)
        {
            left = _inPublisher + _waiting.Count;
            while (_waiting.TryTake(out _))
            {
            }
        }

        Settle(long.MaxValue);
        _ = CancelPublisherAsync();
        if (left > 0)
        {
            _context.Log(PublishingEvents.PublisherTimedOut, left, _publisherName, _settings.ShutdownTimeout);
        }
    }

    /// <summary>Logs the drops not logged yet.</summary>
    public void LogDrops() => _drops.LogRest();

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run()
    {
        _context.Enter();
        while (_waiting.Wait())
        {
            while (TryTakeBatch(out var traces, out var last))
            {
                PublishAsync(traces).GetAwaiter().GetResult();
                Settle(last);
            }
        }
    }

    private bool TryTakeBatch([NotNullWhen(true)] out List<OpenlayerTrace>? traces, out long last)
    {
        traces = null;
        last = 0;
        var bytes = 0L;
        lock (_gate)
        {
            while ((traces?.Count ?? 0) < MaxBatchLength
                && (traces is null || bytes < _settings.MaxQueueBytes / BatchShareOfQueueBytes)
                && _waiting.TryTake(out var next))
            {
                (traces ??= []).Add(next.Trace);
                bytes += next.Trace.EstimatedBytes;
                last = next.Number;
            }

            _inPublisher = traces?.Count ?? 0;
        }

        return traces is not null;
    }

    // A method of its own, so that what a publisher writes to its execution context ends with the call.
    private async Task PublishAsync(List<OpenlayerTrace> traces)
    {
        using var callback = _context.EnterCallback();
        try
        {
            await _publisher.PublishAsync(traces, _abandonment.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!_abandonment.IsCancellationRequested)
            {
                _log.Report(PublishingEvents.PublisherFailed, exception, _publisherName);
            }
        }
    }

    private void Settle(long last)
    {
        TaskCompletionSource progress;
        lock (_gate)
        {
            _lastSettled = Math.Max(_lastSettled, last);
            _inPublisher = 0;
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
            _log.Report(PublishingEvents.PublisherCancellationFailed, exception, _publisherName);
        }
    }

    private readonly record struct Entry(OpenlayerTrace Trace, long Number);
}
