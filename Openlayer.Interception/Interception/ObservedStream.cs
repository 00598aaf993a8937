namespace Openlayer.Interception.Interception;

/// <summary>A stream whose enumerations are observed. The first is told to the observer of the call that returned it.</summary>
internal sealed class ObservedStream<T>(IAsyncEnumerable<T> stream, StreamObserver<T> observer) : IAsyncEnumerable<T>
{
    private StreamHold<T>? _hold = StreamHold<T>.On(observer);
    private int _enumerations;

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref _enumerations) > 1)
        {
            var another = observer.Again();
            return ObservedEnumerator<T>.Start(stream, another, StreamHold<T>.On(another), cancellationToken);
        }

        var hold = _hold;
        _hold = null;
        return ObservedEnumerator<T>.Start(stream, observer, hold, cancellationToken);
    }
}
