namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Rows that can share a request, the oldest first. Not thread-safe.</summary>
/// <param name="target">What they have in common.</param>
internal sealed class RowGroup(DataStreamTarget target)
{
    private readonly LinkedList<PendingRow> _rows = [];

    public DataStreamTarget Target { get; } = target;

    public int Count => _rows.Count;

    public long Bytes { get; private set; }

    /// <summary>The oldest row; there is one.</summary>
    public PendingRow First => _rows.First!.Value;

    public void Add(PendingRow row)
    {
        _rows.AddLast(row);
        Bytes += row.Json.Length;
    }

    public void AddFirst(PendingRow row)
    {
        _rows.AddFirst(row);
        Bytes += row.Json.Length;
    }

    public PendingRow Take()
    {
        var row = First;
        _rows.RemoveFirst();
        Bytes -= row.Json.Length;
        return row;
    }
}
