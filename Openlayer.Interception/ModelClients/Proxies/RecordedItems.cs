using System.Collections;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>The first items of a sequence, and the number of all. Not thread-safe.</summary>
/// <param name="maxItems">The maximum number of items that are kept.</param>
internal sealed class RecordedItems(int maxItems) : IReadOnlyCollection<object?>
{
    private readonly List<object?> _items = [];

    /// <summary>The number of all items.</summary>
    public int Count { get; private set; }

    /// <summary>The number of items that are kept.</summary>
    public int Kept => _items.Count;

    /// <summary>The number of items that are not kept.</summary>
    public int Missing => Count - Kept;

    /// <summary>A collection with more items than are kept. Only those that are kept are read.</summary>
    /// <param name="items">The items.</param>
    /// <param name="count">The number of all items.</param>
    /// <param name="maxItems">The maximum number of items that are kept.</param>
    public static RecordedItems Of(IEnumerable<object?> items, int count, int maxItems)
    {
        var recorded = new RecordedItems(maxItems);
        recorded._items.AddRange(items.Take(maxItems));
        recorded.Count = count;
        return recorded;
    }

    public void Add(object? item)
    {
        Count++;
        if (_items.Count < maxItems)
        {
            _items.Add(item);
        }
    }

    public IEnumerator<object?> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
