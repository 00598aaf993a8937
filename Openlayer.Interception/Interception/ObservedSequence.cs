using System.Collections;

namespace Openlayer.Interception.Interception;

/// <summary>A lazy sequence whose enumerations are observed, as <see cref="ObservedStream{T}"/> is.</summary>
internal sealed class ObservedSequence<T>(IEnumerable<T> sequence, StreamObserver<T> observer) : IEnumerable<T>
{
    private StreamHold<T>? _hold = StreamHold<T>.On(observer);
    private int _enumerations;

    public IEnumerator<T> GetEnumerator()
    {
        if (Interlocked.Increment(ref _enumerations) > 1)
        {
            var another = observer.Again();
            return new ObservedSequenceEnumerator<T>(sequence.GetEnumerator(), another, StreamHold<T>.On(another));
        }

        var hold = _hold;
        _hold = null;
        return new ObservedSequenceEnumerator<T>(sequence.GetEnumerator(), observer, hold);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
