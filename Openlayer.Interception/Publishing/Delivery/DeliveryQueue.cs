using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Attachments;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Everything on its way to Openlayer: accepted traces and feedback, the rows they were written as, and which of them a flush waits for. Each is
/// settled once. Feedback waits until its row is settled. Bounded: accepted traces and rows each by <see cref="OpenlayerOptions.MaxQueueLength"/> and
/// <see cref="OpenlayerOptions.MaxQueueBytes"/>, so that both together hold about twice that, and the request in flight. Thread-safe.
/// </summary>
internal sealed class DeliveryQueue
{
    // Accepted traces wait for milliseconds only: a burst has this much room even if fewer rows may wait, which can be buffered.
    private const int MinAcceptedCount = 2_048;
    private const long MinAcceptedBytes = 16 * 1024 * 1024;

    private readonly OpenlayerSettings _settings;
    private readonly DeliveryMeter _meter;
    private readonly DropLog _drops;
    private readonly object _gate = new();

    // Under the gate.
    private readonly CoalescingQueue<AcceptedTrace> _accepted;
    private readonly RowQueue _rows;

    // Rows that wait for their attachments to be uploaded, the oldest first. They are not sent before.
    private readonly List<PendingRow> _uploading = [];
    private readonly List<FlushPoint> _flushing = [];

    // Until when the rows of pipelines wait that Openlayer does not accept. A pause that is over is removed with the next one.
    private readonly Dictionary<string, MonotonicTime> _pauses = [];
    private FlushPoint _current = new();
    private long _lastNumber;

    // Traces that were taken, and whose rows are not added yet.
    private int _beingWritten;
    private int _inFlight;
    private int _withdrawn;

    // What was taken or withdrawn, and may be put back: feedback must not be sent before it.
    private readonly List<PendingRow> _outside = [];
    private bool _isClosed;
    private bool _isWritten;
    private bool _hasSeveralPipelines;

    public DeliveryQueue(OpenlayerSettings settings, DeliveryMeter meter, DropLog drops)
    {
        _settings = settings;
        _meter = meter;
        _drops = drops;
        _rows = new RowQueue(settings.MaxBatchLength, settings.MaxBatchBytes, IsHeld);
        _accepted = new CoalescingQueue<AcceptedTrace>(
            _gate,
            Math.Max(settings.MaxQueueLength, MinAcceptedCount),
            Math.Max(settings.MaxQueueBytes, MinAcceptedBytes),
            static accepted => accepted.Bytes,
            Drop);
    }

    /// <summary>How many traces wait, including those in a request.</summary>
    public int Length
    {
        get
        {
            lock (_gate)
            {
                return _accepted.Count + _rows.Count + _uploading.Count + _inFlight + _withdrawn;
            }
        }
    }

    /// <summary>Whether nothing more is accepted.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Whether nothing waits and nothing more is accepted.</summary>
    public bool IsAtEnd
    {
        get
        {
            lock (_gate)
            {
                return _isClosed && _isWritten && _rows.Count + _uploading.Count + _inFlight + _withdrawn == 0;
            }
        }
    }

    /// <summary>Whether traces have named pipelines, so that one that is not accepted says nothing about the others.</summary>
    public bool HasSeveralPipelines
    {
        get
        {
            lock (_gate)
            {
                return _hasSeveralPipelines;
            }
        }
    }

    /// <summary>Whether the rows of a pipeline wait because Openlayer does not accept it.</summary>
    public bool HasPauses
    {
        get
        {
            lock (_gate)
            {
                return _rows.Rows.Any(row => IsPaused(row.Target.PipelineId));
            }
        }
    }

    public void Accept(OpenlayerTrace trace) => Accept(trace, update: null);

    /// <summary>Accepts feedback. It is sent after every row and all feedback of the same id that was accepted before it.</summary>
    public void Accept(RowUpdate update) => Accept(trace: null, update);

    /// <summary>Completes when every trace accepted before the call is settled. Until then, or until the wait is cancelled, they are due.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        FlushPoint[] points;
        lock (_gate)
        {
            _flushing.RemoveAll(static point => point.Settled.IsCompleted);
            if (_current.Outstanding > 0)
            {
                _accepted.Flush();
                _flushing.Add(_current);
                _current = new FlushPoint();
            }

            // Rows that are waited for have shorter pauses.
            _pauses.Clear();
            points = [.. _flushing];
            Array.ForEach(points, static point => point.BeginFlush());
        }

        try
        {
            await Task.WhenAll(points.Select(static point => point.Settled)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndFlush(points);
        }
    }

    /// <summary>Accepts nothing more. What waits is due from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _pauses.Clear();
            _accepted.Close();
        }
    }

    /// <summary>Waits for traces to write. Only the writing thread calls it.</summary>
    /// <returns>False when there will be none.</returns>
    public bool WaitForTraces() => _accepted.Wait();

    /// <summary>Takes some of the traces that wait, the oldest first: one at least, if there are any.</summary>
    /// <param name="traces">The list that they are added to.</param>
    /// <param name="maxCount">The maximum number of traces.</param>
    /// <param name="maxBytes">The number of bytes, as estimated, at which no more are taken.</param>
    public void TakeTraces(List<AcceptedTrace> traces, int maxCount, long maxBytes)
    {
        lock (_gate)
        {
            for (long bytes = 0; traces.Count < maxCount && bytes < maxBytes && _accepted.TryTake(out var trace); bytes += trace.Bytes)
            {
                traces.Add(trace);
                _beingWritten++;
            }
        }
    }

    /// <summary>Adds rows of traces that were taken.</summary>
    /// <returns>The oldest rows, which there is no room for.</returns>
    public List<PendingRow> Add(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            _beingWritten -= rows.Count;
            foreach (var row in rows)
            {
                row.After = row.IsUpdate ? LastOf(row) : null;
                if (row.IsUploading)
                {
                    _uploading.Add(row);
                }
                else
                {
                    _rows.Add(row);
                }

                _hasSeveralPipelines |= row.Target.PipelineId != _settings.InferencePipelineId;
            }

            return TakeOverflow();
        }
    }

    /// <summary>The attachments of a row are uploaded, or it waits for them no longer.</summary>
    /// <param name="row">The row.</param>
    /// <param name="json">The row with the outcomes of the uploads.</param>
    /// <param name="rest">The attachments that are not uploaded. Null if there are none.</param>
    public void EndUpload(PendingRow row, ReadOnlyMemory<byte> json, RowAttachments? rest)
    {
        lock (_gate)
        {
            row.EndUpload(json, rest);

            // Otherwise the row was taken. The code that took it settles it or returns it.
            if (_uploading.Remove(row))
            {
                _rows.PutBack([row]);
            }
        }
    }

    /// <summary>Every accepted trace has been taken and its row added.</summary>
    public void EndWriting()
    {
        lock (_gate)
        {
            _isWritten = true;
        }
    }

    /// <summary>Takes the rows of the next request that the background schedule sends; null if none is due.</summary>
    public List<PendingRow>? TakeDue() => Take(() => _rows.TakeBatch(IsDue()));

    /// <summary>Takes the rows of the next request that a flush or the shutdown waits for; null if there are none.</summary>
    /// <param name="atTheirTime">Whether only rows whose own back-off is over are taken.</param>
    public List<PendingRow>? TakeWaited(bool atTheirTime) => Take(() => _rows.TakeEligible(
        row => IsWaited(row) && (!atTheirTime || row.IsUpdate || row.RetryAt.IsOver(_settings.TimeProvider))));

    /// <summary>Takes the newest row in addition to those of the request; null if there is none.</summary>
    public PendingRow? TakeNewest()
    {
        lock (_gate)
        {
            var row = _rows.TakeNewest();
            if (row is not null)
            {
                _inFlight++;
                _outside.Add(row);
            }

            return row;
        }
    }

    /// <summary>Takes all rows that wait, to settle them.</summary>
    public List<PendingRow> TakeAll() => Take(TakeAllRows)!;

    /// <summary>Every row that was taken is settled or was put back.</summary>
    public void EndRequest()
    {
        lock (_gate)
        {
            _inFlight = 0;
            if (_withdrawn == 0)
            {
                _outside.Clear();
            }
        }
    }

    /// <summary>Whether <see cref="TakeDue"/> would take rows.</summary>
    public bool HasDue()
    {
        lock (_gate)
        {
            return _rows.HasBatch(IsDue());
        }
    }

    /// <summary>When the next batch is due at the latest; <see cref="MonotonicTime.Never"/> if no row waits.</summary>
    public MonotonicTime NextDue()
    {
        lock (_gate)
        {
            var held = MonotonicTime.Earlier(NextPauseEnd(), NextUpdate());
            return _rows.EarliestQueuedAt() is not { } queuedAt ? held
                : _rows.HasBatch(IsDue()) ? MonotonicTime.Past
                : MonotonicTime.Earlier(held, queuedAt.Plus(_settings.BatchDelay, _settings.TimeProvider));
        }
    }

    /// <summary>
    /// When the next row that a flush or the shutdown waits for may be sent; <see cref="MonotonicTime.Never"/> if there is none.
    /// </summary>
    /// <param name="atTheirTime">Whether the back-off of each row counts.</param>
    public MonotonicTime NextWaited(bool atTheirTime)
    {
        lock (_gate)
        {
            var next = MonotonicTime.Never;
            foreach (var row in _rows.Rows)
            {
                // What is settled before feedback wakes the sender.
                if (IsWaited(row) && !IsBehind(row))
                {
                    var isPaused = IsPaused(row.Target.PipelineId);
                    next = MonotonicTime.Earlier(next, isPaused ? NextPauseEnd() : atTheirTime || row.IsUpdate ? row.RetryAt : MonotonicTime.Past);
                }
            }

            return next;
        }
    }

    /// <summary>Whether a flush or the shutdown waits for a row.</summary>
    public bool IsWaitedFor(PendingRow row)
    {
        lock (_gate)
        {
            return IsWaited(row);
        }
    }

    /// <summary>Puts rows of a request back to the places they were taken from.</summary>
    public void PutBack(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            _inFlight -= rows.Count;
            _rows.PutBack(rows);
        }
    }

    /// <summary>Lets the rows of a pipeline wait, because it is not accepted. The rows of the others are sent meanwhile.</summary>
    /// <param name="rows">The rows of the request that was not accepted.</param>
    /// <param name="duration">How long, if no flush and no shutdown waits for them.</param>
    public void Pause(IReadOnlyList<PendingRow> rows, TimeSpan duration)
    {
        lock (_gate)
        {
            foreach (var over in _pauses.Where(pause => pause.Value.IsOver(_settings.TimeProvider)).Select(static pause => pause.Key).ToArray())
            {
                _pauses.Remove(over);
            }

            _pauses[rows[0].Target.PipelineId] = rows.FirstOrDefault(IsWaited) is { } waited ? waited.RetryAt : MonotonicTime.In(duration, _settings.TimeProvider);
        }
    }

    /// <summary>Takes all rows that wait, so that they are not sent until they are returned.</summary>
    public List<PendingRow> Withdraw()
    {
        lock (_gate)
        {
            var rows = TakeAllRows();
            _withdrawn += rows.Count;
            _outside.AddRange(rows);
            return rows;
        }
    }

    public void Return(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            _withdrawn -= rows.Count;
            _uploading.AddRange(rows.Where(static row => row.IsUploading));
            _rows.PutBack([.. rows.Where(static row => !row.IsUploading)]);
            _outside.RemoveAll(new HashSet<PendingRow>(rows).Contains);
        }
    }

    public void Settle(IReadOnlyCollection<PendingRow> rows)
    {
        foreach (var row in rows)
        {
            row.ReleaseAttachments();
        }

        lock (_gate)
        {
            foreach (var row in rows)
            {
                row.IsSettled = true;
                row.FlushPoint!.Remove();
            }
        }
    }

    public void Settle(AcceptedTrace trace)
    {
        lock (_gate)
        {
            _beingWritten--;
            trace.FlushPoint.Remove();
        }
    }

    private List<PendingRow> TakeAllRows()
    {
        var rows = _rows.TakeAll();
        rows.AddRange(_uploading);
        _uploading.Clear();
        return rows;
    }

    private List<PendingRow> TakeOverflow()
    {
        var bytes = _uploading.Sum(static row => row.Bytes);
        var count = 0;
        for (; count < _uploading.Count && (_uploading.Count - count > _settings.MaxQueueLength || bytes > _settings.MaxQueueBytes); count++)
        {
            bytes -= _uploading[count].Bytes;
        }

        var overflow = _uploading.GetRange(0, count);
        _uploading.RemoveRange(0, count);
        overflow.AddRange(_rows.TakeOverflow(
            Math.Max(0, _settings.MaxQueueLength - _inFlight - _uploading.Count), Math.Max(0, _settings.MaxQueueBytes - bytes)));
        return overflow;
    }

    private void EndFlush(FlushPoint[] points)
    {
        lock (_gate)
        {
            Array.ForEach(points, static point => point.EndFlush());
            foreach (var row in _rows.Rows)
            {
                if (!IsWaited(row))
                {
                    row.WaitedTries = 0;
                }
            }
        }
    }

    private List<PendingRow>? Take(Func<List<PendingRow>?> take)
    {
        lock (_gate)
        {
            var rows = take();
            _inFlight = rows?.Count ?? 0;
            _outside.AddRange(rows ?? []);
            return rows;
        }
    }

    private bool IsPaused(string pipelineId) => _pauses.TryGetValue(pipelineId, out var until) && !until.IsOver(_settings.TimeProvider);

    private MonotonicTime NextPauseEnd()
    {
        var next = MonotonicTime.Never;
        foreach (var until in _pauses.Values)
        {
            next = until.IsOver(_settings.TimeProvider) ? next : MonotonicTime.Earlier(next, until);
        }

        return next;
    }

    private void Accept(OpenlayerTrace? trace, RowUpdate? update)
    {
        lock (_gate)
        {
            _current.Add();
            var accepted = new AcceptedTrace(trace, update, ++_lastNumber, MonotonicTime.Now(_settings.TimeProvider), _current);
            if (!_accepted.TryAdd(accepted))
            {
                Drop(accepted);
            }
        }

        _drops.LogIfDue();
    }

    /// <summary>The last row or update of the same id that is not settled. Null if there is none.</summary>
    private PendingRow? LastOf(PendingRow update) => _rows.Rows.Concat(_uploading).Concat(_outside)
        .Where(row => !row.IsSettled && row.InferenceId == update.InferenceId && row.Target.PipelineId == update.Target.PipelineId)
        .MaxBy(static row => row.Number);

    private bool IsHeld(RowGroup group) => IsPaused(group.Target.PipelineId) || (group.First is { IsUpdate: true } update && IsHeld(update));

    private bool IsHeld(PendingRow update) => IsBehind(update) || !update.RetryAt.IsOver(_settings.TimeProvider);

    /// <summary>Whether something else of the same row is sent first.</summary>
    private static bool IsBehind(PendingRow row)
    {
        if (row.After is { IsSettled: true })
        {
            row.After = null;
        }

        return row.After is not null;
    }

    /// <summary>When the back-off of the next update ends that waits for nothing else.</summary>
    private MonotonicTime NextUpdate()
    {
        var next = MonotonicTime.Never;
        foreach (var update in _rows.Updates)
        {
            next = IsBehind(update) || IsPaused(update.Target.PipelineId) ? next : MonotonicTime.Earlier(next, update.RetryAt);
        }

        return next;
    }

    // Somebody waits for the outcome of feedback.
    private bool IsWaited(PendingRow row) => _isClosed || row.IsUpdate || row.FlushPoint!.IsFlushing;

    private Func<PendingRow, bool> IsDue()
    {
        // While traces are still being written, rows that are flushed together are sent together.
        var areAllWritten = _accepted.Count + _beingWritten == 0;
        return row => _isClosed
            || row.IsUpdate
            || row.QueuedAt.Plus(_settings.BatchDelay, _settings.TimeProvider).IsOver(_settings.TimeProvider)
            || (areAllWritten && row.FlushPoint!.IsFlushing);
    }

    private void Drop(AcceptedTrace accepted)
    {
        accepted.Trace?.ReleaseAttachments();
        _meter.Dropped.Add(1);
        if (accepted.Update is { } update)
        {
            update.Drop();
        }
        else
        {
            _drops.Add(1);
        }

        accepted.FlushPoint.Remove();
    }
}
