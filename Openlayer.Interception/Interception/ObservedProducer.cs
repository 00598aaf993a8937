namespace Openlayer.Interception.Interception;

/// <summary>A function whose streams are observed, as <see cref="ObservedStream{T}"/>'s enumerations are.</summary>
internal sealed class ObservedProducer<TFirst, TSecond, T>(Func<TFirst, TSecond, IAsyncEnumerable<T>> producer, StreamObserver<T> observer)
{
    private int _streams;

    ~ObservedProducer() => observer.Ended(StreamEnd.Abandoned);

    public IAsyncEnumerable<T> Produce(TFirst first, TSecond second)
    {
        var current = observer;
        if (Interlocked.Increment(ref _streams) > 1)
        {
            current = observer.Again();
        }
        else
        {
            GC.SuppressFinalize(this);
        }

        return new ObservedStream<T>(producer(first, second), current);
    }
}
