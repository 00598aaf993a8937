namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The rows that wait, grouped by what can share a request, each group in the order of completion. Not thread-safe.</summary>
/// <param name="maxBatchLength">How many rows a batch may have.</param>
/// <param name="maxBatchBytes">How many bytes a batch may take; a larger row is a batch alone.</param>
/// <param name="isHeld">Whether the rows of a group are not to be sent now.</param>
internal sealed class RowQueue(int maxBatchLength, long maxBatchBytes, Func<RowGroup, bool> isHeld)
{
    private readonly Dictionary<DataStreamTarget, RowGroup> _groups = [];

    public int Count { get; private set; }

    /// <summary>Roughly how much memory the rows hold.</summary>
    public long Bytes { get; private set; }

    public IEnumerable<PendingRow> Rows => _groups.Values.SelectMany(static group => group.Rows);

    /// <summary>The updates of rows, each of which is a group.</summary>
    public IEnumerable<PendingRow> Updates => _groups.Values.Where(static group => group.Target.UpdatedId is not null).Select(static group => group.First);

    public void Add(PendingRow row)
    {
        GroupOf(row).Add(row);
        Count++;
        Bytes += row.Bytes;
    }

    /// <summary>Puts rows back to the places they were taken from.</summary>
    public void PutBack(IReadOnlyList<PendingRow> rows)
    {
        foreach (var group in rows.GroupBy(GroupOf))
        {
            group.Key.PutBack(group.OrderBy(static row => row.Number));
        }

        Count += rows.Count;
        Bytes += rows.Sum(static row => row.Bytes);
    }

    /// <summary>Takes a batch of the ready group whose first row is the oldest; null if none is ready.</summary>
    /// <param name="isReady">Whether the group with this first row is to be sent even if it does not fill a batch.</param>
    public List<PendingRow>? TakeBatch(Func<PendingRow, bool> isReady) =>
        OldestGroup(IsReady(isReady)) is { } oldest ? TakeBatch(oldest, static _ => true) : null;

    /// <summary>Whether <see cref="TakeBatch(Func{PendingRow, bool})"/> would take one.</summary>
    public bool HasBatch(Func<PendingRow, bool> isReady) => OldestGroup(IsReady(isReady)) is not null;

    /// <summary>Takes a batch of eligible rows only; null if there are none.</summary>
    public List<PendingRow>? TakeEligible(Func<PendingRow, bool> isEligible) =>
        OldestGroup(group => !isHeld(group) && group.Rows.Any(isEligible)) is { } oldest ? TakeBatch(oldest, isEligible) : null;

    /// <summary>Takes the newest row; null if there is none. An update is none.</summary>
    public PendingRow? TakeNewest()
    {
        if (_groups.Values.Where(static group => group.Target.UpdatedId is null).MaxBy(static group => group.Last.Number) is not { } group)
        {
            return null;
        }

        var row = group.TakeLast();
        Taken(group, 1, row.Bytes);
        return row;
    }

    /// <summary>Takes the oldest rows until the rest is within the bounds.</summary>
    public List<PendingRow> TakeOverflow(int maxCount, long maxBytes)
    {
        var overflow = new List<PendingRow>();
        while (Count > maxCount || Bytes > maxBytes)
        {
            var oldest = OldestGroup(static _ => true)!;
            var row = oldest.TakeFirst();
            Taken(oldest, 1, row.Bytes);
            overflow.Add(row);
        }

        return overflow;
    }

    public List<PendingRow> TakeAll() => TakeOverflow(0, 0);

    /// <summary>When the row was queued that has waited the longest; null if none waits that is not held.</summary>
    public MonotonicTime? EarliestQueuedAt()
    {
        MonotonicTime? earliest = null;
        foreach (var group in _groups.Values)
        {
            if (!isHeld(group))
            {
                earliest = earliest is { } other ? MonotonicTime.Earlier(other, group.First.QueuedAt) : group.First.QueuedAt;
            }
        }

        return earliest;
    }

    private Func<RowGroup, bool> IsReady(Func<PendingRow, bool> isReady) =>
        group => !isHeld(group)
            && (group.Count >= maxBatchLength || group.JsonBytes >= maxBatchBytes || isReady(group.First));

    private List<PendingRow> TakeBatch(RowGroup group, Func<PendingRow, bool> isEligible)
    {
        var batch = group.Take(isEligible, maxBatchLength, maxBatchBytes);
        Taken(group, batch.Count, batch.Sum(static row => row.Bytes));
        return batch;
    }

    private RowGroup? OldestGroup(Func<RowGroup, bool> isEligible)
    {
        RowGroup? oldest = null;
        foreach (var group in _groups.Values)
        {
            if ((oldest is null || group.First.Number < oldest.First.Number) && isEligible(group))
            {
                oldest = group;
            }
        }

        return oldest;
    }

    private RowGroup GroupOf(PendingRow row)
    {
        if (!_groups.TryGetValue(row.Target, out var group))
        {
            _groups.Add(row.Target, group = new RowGroup(row.Target));
        }

        // Rows that wait share one config.
        row.Target = group.Target;
        return group;
    }

    private void Taken(RowGroup group, int count, long bytes)
    {
        Count -= count;
        Bytes -= bytes;
        if (group.Count == 0)
        {
            _groups.Remove(group.Target);
        }
    }
}
