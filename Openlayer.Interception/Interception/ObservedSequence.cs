using System.Collections;

namespace Openlayer.Interception.Interception;

/// <summary>A lazy sequence whose enumerations are observed, as <see cref="ObservedStream{T}"/> is.</summary>
internal sealed class ObservedSequence<T>(IEnumerable<T> sequence, StreamObserver<T> observer) : IEnumerable<T>
{
    private int _enumerations;

    ~ObservedSequence() => observer.Ended(StreamEnd.Abandoned);

    public IEnumerator<T> GetEnumerator()
    {
        var current = observer;
        if (Interlocked.Increment(ref _enumerations) > 1)
        {
            current = observer.Again();
        }
        else
        {
            GC.SuppressFinalize(this);
        }

        return new ObservedSequenceEnumerator<T>(sequence.GetEnumerator(), current);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
