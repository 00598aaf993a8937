namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream that reads the private state of other instances.</summary>
public class ComparableStream : IAsyncEnumerable<int>
{
    private readonly int[] _items;

    public ComparableStream(params int[] items) => _items = items;

    protected ComparableStream() => _items = [];

    public virtual bool HasSameItemsAs(ComparableStream other) => _items.SequenceEqual(other._items);

    public virtual async IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        foreach (var item in _items)
        {
            await Task.Yield();
            yield return item;
        }
    }
}
