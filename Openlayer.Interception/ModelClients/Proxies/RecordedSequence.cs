using System.Collections;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// A lazy sequence that reports the items an enumeration produced, when that enumeration ends. Of several enumerations only those that got
/// further than all before them are reported: the first often only checks whether there are any items.
/// </summary>
/// <param name="sequence">The sequence.</param>
/// <param name="maxItems">The maximum number of items that are kept. Those after them are only counted.</param>
/// <param name="recorded">Called with the items. Must not throw.</param>
internal sealed class RecordedSequence<T>(IEnumerable<T> sequence, int maxItems, Action<RecordedItems> recorded) : IEnumerable<T>
{
    private readonly Action<RecordedItems> _recorded = recorded;
    private int _longest;

    public IEnumerator<T> GetEnumerator() => new Enumerator(sequence.GetEnumerator(), maxItems, OnEnded);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void OnEnded(RecordedItems items)
    {
        if (items.Count > _longest)
        {
            _longest = items.Count;
            _recorded(items);
        }
    }

    private sealed class Enumerator(IEnumerator<T> enumerator, int maxItems, Action<RecordedItems> onEnded) : IEnumerator<T>
    {
        private RecordedItems? _items = new(maxItems);

        public T Current => enumerator.Current;

        object? IEnumerator.Current => Current;

        public bool MoveNext()
        {
            var moved = enumerator.MoveNext();
            if (moved)
            {
                _items?.Add(enumerator.Current);
            }
            else
            {
                End();
            }

            return moved;
        }

        public void Reset() => enumerator.Reset();

        public void Dispose()
        {
            enumerator.Dispose();
            End();
        }

        private void End()
        {
            if (Interlocked.Exchange(ref _items, null) is { } items)
            {
                onEnded(items);
            }
        }
    }
}
