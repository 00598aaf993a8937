namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Rows that can share a request, the oldest first. Not thread-safe.</summary>
/// <param name="target">What they have in common.</param>
internal sealed class RowGroup(DataStreamTarget target)
{
    private readonly LinkedList<PendingRow> _rows = [];

    public DataStreamTarget Target { get; } = target;

    public int Count => _rows.Count;

    /// <summary>The bytes that the rows take in a request.</summary>
    public long JsonBytes { get; private set; }

    public IEnumerable<PendingRow> Rows => _rows;

    /// <summary>The oldest row; there is one.</summary>
    public PendingRow First => _rows.First!.Value;

    /// <summary>The newest row; there is one.</summary>
    public PendingRow Last => _rows.Last!.Value;

    public void Add(PendingRow row)
    {
        _rows.AddLast(row);
        JsonBytes += row.Json.Length;
    }

    /// <summary>Puts rows, the oldest first, back to their places in the order of completion.</summary>
    public void PutBack(IEnumerable<PendingRow> rows)
    {
        var next = _rows.First;
        foreach (var row in rows)
        {
            while (next is not null && next.Value.Number < row.Number)
            {
                next = next.Next;
            }

            if (next is null)
            {
                _rows.AddLast(row);
            }
            else
            {
                _rows.AddBefore(next, row);
            }

            JsonBytes += row.Json.Length;
        }
    }

    public PendingRow TakeFirst()
    {
        var row = First;
        _rows.RemoveFirst();
        JsonBytes -= row.Json.Length;
        return row;
    }

    public PendingRow TakeLast()
    {
        var row = Last;
        _rows.RemoveLast();
        JsonBytes -= row.Json.Length;
        return row;
    }

    /// <summary>Takes eligible rows, the oldest first.</summary>
    /// <param name="isEligible">Whether to take a row.</param>
    /// <param name="maxCount">How many at most.</param>
    /// <param name="maxBytes">How many bytes at most, unless the first row alone has more.</param>
    public List<PendingRow> Take(Func<PendingRow, bool> isEligible, int maxCount, long maxBytes)
    {
        var taken = new List<PendingRow>();
        long bytes = 0;
        for (var node = _rows.First; node is not null && taken.Count < maxCount;)
        {
            var next = node.Next;
            if (isEligible(node.Value))
            {
                if (taken.Count > 0 && bytes + node.Value.Json.Length > maxBytes)
                {
                    break;
                }

                bytes += node.Value.Json.Length;
                taken.Add(node.Value);
                _rows.Remove(node);
            }

            node = next;
        }

        JsonBytes -= bytes;
        return taken;
    }
}
