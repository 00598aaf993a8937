namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The rows that wait, grouped by who can share a request, each group in the order of completion. Not thread-safe.</summary>
/// <param name="maxBatchLength">How many rows a batch may hold.</param>
/// <param name="maxBatchBytes">How many bytes a batch may take; a larger row is a batch alone.</param>
internal sealed class RowQueue(int maxBatchLength, long maxBatchBytes)
{
    private readonly Dictionary<DataStreamTarget, RowGroup> _groups = [];

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public void Add(PendingRow row) => GroupOf(row).Add(row);

    /// <summary>Puts rows of one target back to where they were taken from.</summary>
    public void PutBack(IReadOnlyList<PendingRow> rows)
    {
        for (var index = rows.Count - 1; index >= 0; index--)
        {
            GroupOf(rows[index]).AddFirst(rows[index]);
        }
    }

    /// <summary>Takes a batch of the ready group whose first row is the oldest; null where none is ready.</summary>
    /// <param name="isReady">Whether the group with this first row is to be sent although it does not fill a batch.</param>
    public List<PendingRow>? TakeBatch(Func<PendingRow, bool> isReady) => OldestGroup(IsReady(isReady)) is { } oldest ? TakeBatch(oldest) : null;

    /// <summary>Whether <see cref="TakeBatch(Func{PendingRow, bool})"/> would take one.</summary>
    public bool HasBatch(Func<PendingRow, bool> isReady) => OldestGroup(IsReady(isReady)) is not null;

    /// <summary>Takes a batch that somebody waits for; null where nobody does.</summary>
    public List<PendingRow>? TakeFlushed() =>
        OldestGroup(static group => group.First.FlushPoint!.IsFlushing) is { } flushed ? TakeBatch(flushed) : null;

    /// <summary>Takes the oldest rows until what is left is within the bounds.</summary>
    public List<PendingRow> TakeOverflow(int maxCount, long maxBytes)
    {
        var overflow = new List<PendingRow>();
        while (Count > maxCount || Bytes > maxBytes)
        {
            var oldest = OldestGroup(static _ => true)!;
            var row = oldest.Take();
            Taken(oldest, 1, row.Json.Length);
            overflow.Add(row);
        }

        return overflow;
    }

    public List<PendingRow> TakeAll() => TakeOverflow(0, 0);

    /// <summary>When the row was queued that has waited the longest; null where none waits.</summary>
    public Deadline? EarliestQueuedAt() => Count == 0 ? null : new(_groups.Values.Min(static group => group.First.QueuedAt.Timestamp));

    private Func<RowGroup, bool> IsReady(Func<PendingRow, bool> isReady) =>
        group => group.Count >= maxBatchLength || group.Bytes >= maxBatchBytes || isReady(group.First);

    private List<PendingRow> TakeBatch(RowGroup group)
    {
        var batch = new List<PendingRow>();
        long bytes = 0;
        while (group.Count > 0 && batch.Count < maxBatchLength && (batch.Count == 0 || bytes + group.First.Json.Length <= maxBatchBytes))
        {
            var row = group.Take();
            bytes += row.Json.Length;
            batch.Add(row);
        }

        Taken(group, batch.Count, bytes);
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

        // One config for all of them: rows that wait do not each keep their own.
        row.Target = group.Target;
        Count++;
        Bytes += row.Json.Length;
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
