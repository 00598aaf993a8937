using System.Collections;

namespace Openlayer.Interception.Interception;

/// <summary>A lazy sequence that is handed on, and tells what was enumerated of it the first time, once that has ended.</summary>
internal sealed class RecordedSequence<T>(IEnumerable<T> sequence, Action<IReadOnlyCollection<object?>> recorded) : IEnumerable<T>
{
    private int _enumerations;

    public IEnumerator<T> GetEnumerator() =>
        Interlocked.Increment(ref _enumerations) > 1 ? sequence.GetEnumerator() : new Enumerator(sequence.GetEnumerator(), recorded);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Enumerator(IEnumerator<T> enumerator, Action<IReadOnlyCollection<object?>> recorded) : IEnumerator<T>
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
                recorded(items);
            }
        }
    }
}
