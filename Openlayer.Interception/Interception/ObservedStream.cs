namespace Openlayer.Interception.Interception;

/// <summary>A stream whose enumerations are observed. The first is told to the observer of the call that returned it.</summary>
internal sealed class ObservedStream<T>(IAsyncEnumerable<T> stream, StreamObserver<T> observer) : IAsyncEnumerable<T>
{
    private int _enumerations;

    ~ObservedStream() => observer.Ended(StreamEnd.Abandoned);

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        ObservedEnumerator<T>.Start(stream, NextObserver(), cancellationToken);

    private StreamObserver<T> NextObserver()
    {
        if (Interlocked.Increment(ref _enumerations) > 1)
        {
            return observer.Again();
        }

        GC.SuppressFinalize(this);
        return observer;
    }
}
