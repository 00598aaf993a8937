using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// All that is on its way to Openlayer: accepted traces, the rows that they were written as, and which of them a flush waits for. Each is
/// settled once, when something has become of it. Thread-safe.
/// </summary>
internal sealed class Backlog
{
    // Accepted traces wait for milliseconds only: a burst has this much room even if fewer rows may wait.
    private const long MinAcceptedBytes = 16 * 1024 * 1024;

    private readonly OpenlayerSettings _settings;
    private readonly DeliveryMeter _meter;
    private readonly DropLog _drops;
    private readonly object _gate = new();

    // Under the gate.
    private readonly CoalescingQueue<AcceptedTrace> _accepted;
    private readonly RowQueue _rows;
    private readonly List<FlushPoint> _flushing = [];
    private FlushPoint _current = new();
    private long _lastNumber;
    private int _inHand;
    private int _withdrawn;
    private bool _isClosed;
    private bool _isWritten;

    public Backlog(OpenlayerSettings settings, DeliveryMeter meter, DropLog drops)
    {
        _settings = settings;
        _meter = meter;
        _drops = drops;
        _rows = new RowQueue(settings.MaxBatchLength, settings.MaxBatchBytes);
        _accepted = new CoalescingQueue<AcceptedTrace>(
            _gate,
            settings.MaxQueueLength,
            Math.Max(settings.MaxQueueBytes, MinAcceptedBytes),
            static accepted => accepted.Trace,
            oldest => CountDrop(oldest.FlushPoint));
    }

    /// <summary>How many traces wait, those in a request included.</summary>
    public int Length
    {
        get
        {
            lock (_gate)
            {
                return _accepted.Count + _rows.Count + _inHand + _withdrawn;
            }
        }
    }

    /// <summary>How many of them are rows that wait for a request.</summary>
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

    /// <summary>Whether nothing is left, and nothing will come.</summary>
    public bool IsAtEnd
    {
        get
        {
            lock (_gate)
            {
                return _isClosed && _isWritten && _rows.Count + _inHand + _withdrawn == 0;
            }
        }
    }

    public void Accept(OpenlayerTrace trace)
    {
        lock (_gate)
        {
            _current.Add();
            if (!_accepted.TryAdd(new(trace, ++_lastNumber, Deadline.Now(_settings.TimeProvider), _current)))
            {
                CountDrop(_current);
            }
        }

        _drops.LogIfDue();
    }

    /// <summary>Completes when something has become of every trace accepted before the call. They are due from now on.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            _flushing.RemoveAll(static point => point.Settled.IsCompleted);
            if (_current.Outstanding > 0)
            {
                _accepted.Flush();
                _current.Flush();
                _flushing.Add(_current);
                _current = new FlushPoint();
            }

            return Task.WhenAll(_flushing.Select(static point => point.Settled));
        }
    }

    /// <summary>Accepts nothing more. What waits is due from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _accepted.Close();
        }
    }

    /// <summary>Waits for traces to write, on the one thread that does.</summary>
    /// <returns>False when there will be none.</returns>
    public bool WaitForTraces() => _accepted.Wait();

    public bool TryTakeTrace(out AcceptedTrace trace)
    {
        lock (_gate)
        {
            return _accepted.TryTake(out trace);
        }
    }

    /// <summary>Adds rows of traces that were taken.</summary>
    /// <returns>The oldest, which there is no room for.</returns>
    public List<PendingRow> Add(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                _rows.Add(row);
            }

            return _rows.TakeOverflow(Math.Max(0, _settings.MaxQueueLength - _inHand), _settings.MaxQueueBytes);
        }
    }

    /// <summary>Says that every trace that was accepted has been taken and its row added.</summary>
    public void EndWriting()
    {
        lock (_gate)
        {
            _isWritten = true;
        }
    }

    /// <summary>Takes the rows of the next request; null where none is due.</summary>
    /// <param name="onlyFlushed">Whether only what a flush waits for is due.</param>
    public List<PendingRow>? TakeBatch(bool onlyFlushed)
    {
        lock (_gate)
        {
            var batch = onlyFlushed ? _rows.TakeFlushed() : _rows.TakeBatch(IsDue());
            _inHand = batch?.Count ?? 0;
            return batch;
        }
    }

    /// <summary>Whether <see cref="TakeBatch"/> would take one.</summary>
    public bool HasBatch()
    {
        lock (_gate)
        {
            return _rows.HasBatch(IsDue());
        }
    }

    /// <summary>When the next batch is due at the latest; null where no row waits.</summary>
    public Deadline? NextBatch()
    {
        lock (_gate)
        {
            return _rows.EarliestQueuedAt()?.Plus(_settings.BatchDelay, _settings.TimeProvider);
        }
    }

    /// <summary>Puts rows of a batch back to where they were taken from.</summary>
    public void PutBack(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            _rows.PutBack(rows);
        }
    }

    /// <summary>Takes all rows that wait, for good.</summary>
    public List<PendingRow> TakeAll()
    {
        lock (_gate)
        {
            return _rows.TakeAll();
        }
    }

    /// <summary>Takes all rows that wait, so that nobody sends them until they are returned.</summary>
    public List<PendingRow> Withdraw()
    {
        lock (_gate)
        {
            var rows = _rows.TakeAll();
            _withdrawn += rows.Count;
            return rows;
        }
    }

    public void Return(IReadOnlyList<PendingRow> rows)
    {
        lock (_gate)
        {
            _withdrawn -= rows.Count;
            _rows.PutBack(rows);
        }
    }

    public void Settle(IReadOnlyCollection<PendingRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                row.FlushPoint!.Remove();
            }
        }
    }

    public void Settle(AcceptedTrace trace)
    {
        lock (_gate)
        {
            trace.FlushPoint.Remove();
        }
    }

    private Func<PendingRow, bool> IsDue()
    {
        // While traces are still being written, those that are flushed together are sent together.
        var areAllWritten = _accepted.Count == 0;
        return row => _isClosed
            || row.QueuedAt.Plus(_settings.BatchDelay, _settings.TimeProvider).IsOver(_settings.TimeProvider)
            || (areAllWritten && row.FlushPoint!.IsFlushing);
    }

    private void CountDrop(FlushPoint point)
    {
        _meter.Dropped.Add(1);
        _drops.Add(1);
        point.Remove();
    }
}
