using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// The way of a completed trace to Openlayer's acknowledgement. The call that completed it pays for <see cref="Accept"/>; one loop writes
/// traces as rows and keeps what waits within its bounds, another sends. Every trace is acknowledged, or buffered, or given up and
/// reported, or dropped and counted. Thread-safe.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "DisposeAsync ends them; the token source has no timer and no wait handle.")]
internal sealed class OpenlayerDelivery
{
    // So that a burst is not one long stretch without anything being sent.
    private const int MaxWrittenAtOnce = 64;

    private static readonly TimeSpan DropLogInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestEnding = TimeSpan.FromSeconds(1);

    private readonly OpenlayerOptions _options;
    private readonly FaultLog _faults;
    private readonly OfflineBuffer? _buffer;
    private readonly DataStreamClient _client;
    private readonly Replay _replay;
    private readonly Channel<Completed> _completed;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private readonly object _gate = new();
    private OpenlayerTracer? _tracer;
    private Task _writing = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    // Under the gate.
    private readonly RowQueue _rows;
    private readonly List<FlushPoint> _flushing = [];
    private FlushPoint _current = new();
    private long _lastNumber;
    private int _inHand;
    private bool _isClosed;
    private long? _notBefore;
    private CancellationTokenSource _abandonment = new();
    private long _droppedSinceLog;
    private long? _dropsLoggedAt;

    // The sending loop's own.
    private long? _replayAt;
    private bool _isFailing;
    private bool _toldOfMisconfiguration;
    private bool _hasWarned;

    public OpenlayerDelivery(OpenlayerOptions options, FaultLog faults)
    {
        _options = options;
        _faults = faults;
        Meter = new DeliveryMeter();
        Meter.Observe(() => QueueLength);
        _buffer = options.OfflineBuffer.Enabled ? new OfflineBuffer(options, Meter, faults) : null;
        _client = new DataStreamClient(options, Meter, faults);
        _replay = new Replay(options, _buffer ?? new OfflineBuffer(options, Meter, faults), _client, Meter, faults);
        _rows = new RowQueue(options.MaxBatchLength, options.MaxBatchBytes);
        _completed = Channel.CreateBounded<Completed>(
            new BoundedChannelOptions(options.MaxQueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped => CountDrop(dropped.FlushPoint));
        _timer = options.TimeProvider.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public DeliveryMeter Meter { get; }

    /// <summary>Completes when it is closed and nothing waits.</summary>
    public Task Completion => Task.WhenAll(_writing, _sending);

    /// <summary>How many traces wait, those in a request included.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate)
            {
                return _completed.Reader.Count + _rows.Count + _inHand;
            }
        }
    }

    /// <summary>How many traces wait that are written as rows already.</summary>
    public int WaitingRows
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count;
            }
        }
    }

    public void Start(OpenlayerTracer tracer)
    {
        _tracer = tracer;
        _replayAt = _buffer is null ? null : _options.TimeProvider.GetTimestamp();
        _writing = Task.Run(WriteRowsAsync);
        _sending = Task.Run(SendRowsAsync);
    }

    public void Accept(Trace trace)
    {
        Meter.Completed.Add(1);
        lock (_gate)
        {
            _current.Add();
            if (_isClosed || !_completed.Writer.TryWrite(new(trace, ++_lastNumber, _options.TimeProvider.GetTimestamp(), _current)))
            {
                CountDrop(_current);
            }

            LogDropsWhereDue();
        }
    }

    /// <summary>Completes when something has become of every trace accepted before the call.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        Task settled;
        lock (_gate)
        {
            _flushing.RemoveAll(static point => point.Settled.IsCompleted);
            if (_current.Outstanding > 0)
            {
                _current.Flush();
                _flushing.Add(_current);
                _current = new FlushPoint();
            }

            settled = Task.WhenAll(_flushing.Select(static point => point.Settled));
        }

        Wake();
        return settled.WaitAsync(cancellationToken);
    }

    public async Task<BufferReplay> ReplayAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken)
    {
        EnterSilence();
        return _options.ApiKey is null
            ? new BufferReplay(0, 0, 0, GetBufferStatus().Count)
            : await _replay.RunToEndAsync(onFailure, onSent, cancellationToken).ConfigureAwait(false);
    }

    public BufferStatus GetBufferStatus() => _replay.Buffer.GetStatus();

    public int ClearBuffer() => _replay.Buffer.Clear();

    /// <summary>Accepts nothing more. What waits is sent at once; a server that was failing is asked once more.</summary>
    public async Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            _completed.Writer.TryComplete();
        }

        await ResumeAsync().ConfigureAwait(false);
    }

    /// <summary>Forgets that requests failed: the next is sent when it is due.</summary>
    public async Task ResumeAsync()
    {
        await _client.ResetAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _notBefore = null;
        }

        Wake();
    }

    /// <summary>
    /// Sends what waits, for so long; what is left then goes to the buffer where it is on. Goes on afterwards: the process may end now, or not.
    /// </summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        try
        {
            await FlushAsync(CancellationToken.None).WaitAsync(limit).ConfigureAwait(false);
            return;
        }
        catch (TimeoutException)
        {
            // The server does not answer in time.
        }

        if (_buffer is null)
        {
            Log(logger => logger.LogWarning(
                "{Count} completed traces are not acknowledged by Openlayer; they are lost if the process ends now. OpenlayerOptions.OfflineBuffer would keep them.",
                QueueLength));
            return;
        }

        List<PendingRow> waiting;
        CancellationTokenSource sending;
        lock (_gate)
        {
            waiting = _rows.TakeAll();
            sending = _abandonment;
            _abandonment = new CancellationTokenSource();
        }

        _buffer.IsHurried = true;

        // First what is in hand: the loop that has it keeps it.
        await sending.CancelAsync().ConfigureAwait(false);
        Keep(waiting, (row, _) => Drop([row]));
        await FlushAsync(CancellationToken.None).WaitAsync(LongestEnding).ConfigureAwait(false);
        _buffer.IsHurried = false;
    }

    /// <summary>Ends the sending: what is left goes to the buffer, else is counted and logged.</summary>
    public async Task AbandonAsync()
    {
        try
        {
            await _abandonment.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _faults.Report("A request to Openlayer failed when it was cancelled.", exception);
        }

        Wake();
        try
        {
            // By the real clock: this is the end of the process, maybe, and nothing but the disk is waited for.
            await Completion.WaitAsync(LongestEnding).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            List<PendingRow> left;
            lock (_gate)
            {
                left = _rows.TakeAll();
            }

            Drop(left);
        }
    }

    public void Dispose()
    {
        LogDrops(TakeDrops());
        _timer.Dispose();
        _client.Dispose();
        _replay.Buffer.Dispose();
        Meter.Dispose();
    }

    private async Task WriteRowsAsync()
    {
        EnterSilence();
        var output = new ArrayBufferWriter<byte>();
        while (await _completed.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var rows = new List<PendingRow>();
            while (rows.Count < MaxWrittenAtOnce && _completed.Reader.TryRead(out var completed))
            {
                if (Write(completed, output) is { } row)
                {
                    rows.Add(row);
                }
                else
                {
                    Settle(completed.FlushPoint);
                }
            }

            Queue(rows);
        }
    }

    private void Queue(List<PendingRow> rows)
    {
        if (_options.OfflineBuffer.WriteAhead)
        {
            _buffer?.WriteAhead(rows);
        }

        List<PendingRow> overflow;
        lock (_gate)
        {
            rows.ForEach(_rows.Add);
            overflow = _rows.TakeOverflow(_options.MaxQueueLength, _options.MaxQueueBytes);
        }

        if (overflow.Count > 0)
        {
            Keep(overflow, (row, _) => Drop([row]));
        }

        Wake();
    }

    /// <summary>The trace as a row; null where there is nowhere to send it to, or it cannot be written.</summary>
    private PendingRow? Write(Completed completed, ArrayBufferWriter<byte> output)
    {
        if (_options.ApiKey is null || _options.InferencePipelineId is not { } pipelineId)
        {
            WarnOnce();
            Meter.Dropped.Add(1);
            return null;
        }

        try
        {
            var row = new Row(completed.Trace);
            var json = Json(output, row.WriteTo);
            return new PendingRow(new DataStreamTarget(pipelineId, Json(output, row.Config.WriteTo)), json)
            {
                Number = completed.Number,
                QueuedAt = completed.At,
                FlushPoint = completed.FlushPoint,
                OnFailure = completed.Trace.OnFlushFailure,
            };
        }
        catch (Exception exception)
        {
            Meter.Failed.Add(1);
            _faults.Report("A trace could not be written for Openlayer and is lost.", exception);
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Json(ArrayBufferWriter<byte> output, Action<Utf8JsonWriter> write)
    {
        output.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(output, DataStreamRequest.WriterOptions))
        {
            write(writer);
        }

        return output.WrittenSpan.ToArray();
    }

    private async Task SendRowsAsync()
    {
        EnterSilence();
        while (true)
        {
            try
            {
                if (TakeBatch(out var wait, out var cancellationToken) is { } batch)
                {
                    await SendAsync(batch, cancellationToken).ConfigureAwait(false);
                }
                else if (_isClosed && _writing.IsCompleted && QueueLength == 0)
                {
                    return;
                }
                else if (IsDue(_replayAt) && !IsPaused() && !_isClosed)
                {
                    await ReplaySomeAsync(cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    _timer.Change(wait ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    var woken = _wake.Reader.ReadAsync().AsTask();
                    await Task.WhenAny(_isClosed ? [woken, _writing] : [woken]).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // A replay was cut short: what it had stays in the buffer.
            }
            catch (Exception exception)
            {
                _faults.Report("Sending to Openlayer failed; it goes on.", exception);
            }
        }
    }

    private List<PendingRow>? TakeBatch(out TimeSpan? wait, out CancellationToken cancellationToken)
    {
        wait = null;
        lock (_gate)
        {
            cancellationToken = _abandonment.Token;
            var isPaused = IsPaused();

            // While traces are still being written, those that are flushed together are sent together.
            var areAllWritten = _completed.Reader.Count == 0;
            var batch = isPaused
                ? _rows.TakeFlushed()
                : _rows.TakeBatch(row => _isClosed || IsDue(row.QueuedAt, _options.BatchDelay) || (areAllWritten && row.FlushPoint!.IsFlushing));
            _inHand = batch?.Count ?? 0;
            if (batch is null)
            {
                var next = isPaused ? _notBefore : _rows.EarliestQueuedAt() is { } queuedAt ? After(queuedAt, _options.BatchDelay) : null;
                if (_replayAt is { } replayAt && !_isClosed)
                {
                    next = Math.Min(next ?? long.MaxValue, Math.Max(replayAt, _notBefore ?? 0));
                }

                wait = next is { } at ? Until(at) : null;
            }

            return batch;
        }
    }

    private async Task SendAsync(List<PendingRow> batch, CancellationToken cancellationToken)
    {
        if (IsPaused())
        {
            // Somebody waits for them, and nothing is sent now.
            GiveUp(batch, new HttpRequestException("Nothing is sent to Openlayer at the moment, because the last requests failed."));
            return;
        }

        var parts = new Stack<List<PendingRow>>([batch]);
        while (parts.TryPop(out var part))
        {
            SendOutcome outcome;
            try
            {
                // A handler of the user's may not heed its cancellation.
                outcome = await _client.SendAsync(part, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Keep(part, (row, _) => Drop([row]));
                continue;
            }

            if (outcome.Result == SendResult.Refused && part.Count > 1)
            {
                parts.Push(part[(part.Count / 2)..]);
                parts.Push(part[..(part.Count / 2)]);
            }
            else
            {
                Judge(part, outcome);
            }
        }
    }

    private void Judge(List<PendingRow> rows, SendOutcome outcome)
    {
        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                Meter.Sent.Add(rows.Count);
                rows.ForEach(row => _buffer?.Delete(row));
                Settle(rows);
                Recovered();
                break;
            case SendResult.Misconfigured:
                TellOfMisconfiguration(outcome);
                Pause(_options.CircuitBreakDuration);
                PutBackOrGiveUp(rows, outcome);
                break;
            case SendResult.Unavailable:
                _isFailing = true;
                rows.ForEach(row => row.Tries += Math.Max(outcome.Tries, outcome.NotBefore > TimeSpan.Zero ? 0 : 1));
                if (outcome.NotBefore > TimeSpan.Zero)
                {
                    Pause(outcome.NotBefore);
                }

                PutBackOrGiveUp(rows, outcome);
                break;
            default:
                // It would be refused again: it is not kept.
                Fail(rows, outcome.Reason!);
                Recovered();
                break;
        }
    }

    private void Recovered()
    {
        SetPause(null);
        _toldOfMisconfiguration = false;
        if (_isFailing)
        {
            _isFailing = false;
            _replayAt = _buffer is null ? null : _options.TimeProvider.GetTimestamp();
        }
    }

    private void Pause(TimeSpan pause)
    {
        _isFailing = true;
        SetPause(After(_options.TimeProvider.GetTimestamp(), pause));
        ScheduleReplay();
    }

    private void SetPause(long? until)
    {
        lock (_gate)
        {
            _notBefore = until;
        }
    }

    private bool IsPaused()
    {
        lock (_gate)
        {
            return !_isClosed && !IsDue(_notBefore ?? 0);
        }
    }

    private void ScheduleReplay() =>
        _replayAt = _buffer is null ? null : After(_options.TimeProvider.GetTimestamp(), _options.CircuitBreakDuration);

    private void PutBackOrGiveUp(List<PendingRow> rows, SendOutcome outcome)
    {
        // Whoever waits for a flush or the end does not wait for a pause to end.
        var isPaused = outcome.Result == SendResult.Misconfigured || outcome.NotBefore > TimeSpan.Zero;
        var mayWait = rows.Where(row => row.Tries < _options.MaxTries && !(isPaused && (_isClosed || row.FlushPoint!.IsFlushing))).ToList();
        lock (_gate)
        {
            _rows.PutBack(mayWait);
        }

        GiveUp([.. rows.Except(mayWait)], outcome.Reason!);
    }

    /// <summary>To the buffer where it is on, else to whoever is to be told.</summary>
    private void GiveUp(List<PendingRow> rows, Exception reason)
    {
        if (rows.Count > 0)
        {
            ScheduleReplay();
            Keep(rows, (row, diskFailure) => Fail([row], diskFailure is null ? reason : new AggregateException(reason, diskFailure)));
        }
    }

    private void Keep(List<PendingRow> rows, Action<PendingRow, Exception?> otherwise)
    {
        if (_buffer is null)
        {
            rows.ForEach(row => otherwise(row, null));
            return;
        }

        var failures = _buffer.Write(rows);
        Meter.Buffered.Add(rows.Count - failures.Count);
        Settle([.. rows.Except(failures.Select(static failure => failure.Row))]);
        foreach (var (row, reason) in failures)
        {
            _faults.Report("A row could not be written to the offline buffer and is lost (OpenlayerOptions.OfflineBuffer).", reason);
            otherwise(row, reason);
        }
    }

    private void Fail(List<PendingRow> rows, Exception reason)
    {
        var cause = reason is HttpRequestException { StatusCode: { } status }
            ? $"Openlayer answered with status {(int)status}: the trace is lost."
            : reason is HttpRequestException { HttpRequestError: var error }
                ? $"A trace could not be sent to Openlayer ({error}) and is lost."
                : reason is OperationCanceledException or Polly.ExecutionRejectedException
                    ? "A request to Openlayer took longer than OpenlayerOptions.RequestTimeout: the trace is lost."
                    : "A trace could not be sent to Openlayer and is lost.";
        foreach (var row in rows)
        {
            _faults.Report(cause, reason);
            _replay.Report(row, reason);
            _buffer?.Delete(row);
        }

        Settle(rows);
    }

    private void Drop(List<PendingRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                CountDrop(row.FlushPoint!);
            }

            // At the end there is one count for all of it.
            if (!_isClosed)
            {
                LogDropsWhereDue();
            }
        }

        rows.ForEach(row => _buffer?.Delete(row));
    }

    private async Task ReplaySomeAsync(CancellationToken cancellationToken)
    {
        if (_options.ApiKey is null)
        {
            _replayAt = null;
            return;
        }

        var pass = await _replay.TryRunAsync(null, null, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        switch (pass)
        {
            case { Outcome: { Result: SendResult.Unavailable or SendResult.Misconfigured } outcome }:
                _isFailing = true;
                ScheduleReplay();
                if (outcome.NotBefore > TimeSpan.Zero)
                {
                    Pause(outcome.NotBefore);
                }

                break;
            case { IsBusy: true } or { Result.Kept: > 0 }:
                ScheduleReplay();
                break;
            default:
                _replayAt = null;
                break;
        }
    }

    private void TellOfMisconfiguration(SendOutcome outcome)
    {
        if (!_toldOfMisconfiguration)
        {
            _toldOfMisconfiguration = true;
            Log(logger => logger.LogError(
                "{Reason} Nothing is sent to Openlayer until this is mended: {Options}. Traces are kept as far as there is room; one request tries again every {Pause}.",
                outcome.Reason!.Message,
                outcome.Options,
                _options.CircuitBreakDuration));
        }
    }

    private void WarnOnce()
    {
        if (_hasWarned)
        {
            return;
        }

        _hasWarned = true;
        string[] missing =
        [
            .. _options.ApiKey is null ? ["OpenlayerOptions.ApiKey or OPENLAYER_API_KEY"] : Array.Empty<string>(),
            .. _options.InferencePipelineId is null
                ? ["OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID"]
                : Array.Empty<string>(),
        ];
        Log(logger => logger.LogWarning(
            "Traces are not sent to Openlayer. Set {Missing}, or set OpenlayerOptions.SendToOpenlayer to false.",
            string.Join(", and ", missing)));
    }

    private void Settle(IReadOnlyCollection<PendingRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                row.FlushPoint!.Remove();
            }
        }
    }

    private void Settle(FlushPoint point)
    {
        lock (_gate)
        {
            point.Remove();
        }
    }

    private void CountDrop(FlushPoint point)
    {
        Meter.Dropped.Add(1);
        _droppedSinceLog++;
        point.Remove();
    }

    private void LogDropsWhereDue()
    {
        if (_droppedSinceLog > 0
            && (_dropsLoggedAt is not { } loggedAt || _options.TimeProvider.GetElapsedTime(loggedAt) >= DropLogInterval))
        {
            _dropsLoggedAt = _options.TimeProvider.GetTimestamp();

            // On the pool and without the caller's context: a logger may take its time, and may be a traced service.
            ThreadPool.UnsafeQueueUserWorkItem(static log => log.Delivery.LogDrops(log.Count), (Delivery: this, Count: TakeDrops()), preferLocal: false);
        }
    }

    private long TakeDrops()
    {
        lock (_gate)
        {
            var count = _droppedSinceLog;
            _droppedSinceLog = 0;
            return count;
        }
    }

    private void LogDrops(long count)
    {
        if (count > 0)
        {
            Log(logger => logger.LogWarning(
                "{Count} completed traces are lost: Openlayer had not acknowledged them when there was no more room for them (OpenlayerOptions.MaxQueueLength, MaxQueueBytes), or no more time (ShutdownTimeout), or the tracer had been disposed of. OpenlayerOptions.OfflineBuffer would keep them.",
                count));
        }
    }

    private void Log(Action<ILogger> write)
    {
        EnterSilence();
        try
        {
            write(_faults.Logger);
        }
        catch
        {
            // There is nowhere left to say so.
        }
    }

    private void EnterSilence()
    {
        if (_tracer is not null)
        {
            _tracer.Ambient.Current = _tracer.Silence;
        }
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private bool IsDue(long? at) => at is { } timestamp && _options.TimeProvider.GetTimestamp() >= timestamp;

    private bool IsDue(long since, TimeSpan delay) => _options.TimeProvider.GetElapsedTime(since) >= delay;

    private long After(long timestamp, TimeSpan delay) => timestamp + (long)(delay.TotalSeconds * _options.TimeProvider.TimestampFrequency);

    private TimeSpan Until(long at)
    {
        var wait = _options.TimeProvider.GetElapsedTime(_options.TimeProvider.GetTimestamp(), at);

        // Not a little too early, for ever.
        return wait <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : wait + TimeSpan.FromMilliseconds(1);
    }

    /// <summary>A trace as it was accepted.</summary>
    private readonly record struct Completed(Trace Trace, long Number, long At, FlushPoint FlushPoint);
}
