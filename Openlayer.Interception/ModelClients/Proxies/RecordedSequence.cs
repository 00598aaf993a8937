using System.Collections;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// A lazy sequence that is handed on, and tells what was enumerated of it whenever that has ended. It may be more the next time: a first
/// enumeration is often only whether there is anything.
/// </summary>
internal sealed class RecordedSequence<T>(IEnumerable<T> sequence, Action<IReadOnlyCollection<object?>> recorded) : IEnumerable<T>
{
    private readonly Action<IReadOnlyCollection<object?>> _recorded = recorded;
    private int _most;

    public IEnumerator<T> GetEnumerator() => new Enumerator(sequence.GetEnumerator(), Enumerated);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Enumerated(List<object?> items)
    {
        if (items.Count > _most)
        {
            _most = items.Count;
            _recorded(items);
        }
    }

    private sealed class Enumerator(IEnumerator<T> enumerator, Action<List<object?>> ended) : IEnumerator<T>
    {
        private List<object?>? _items = [];

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
                ended(items);
            }
        }
    }
}
