namespace Openlayer.Interception.Streaming;

/// <summary>
/// The enumerations of a stream. The first is told to the observer of the call that returned the stream, and held by the stream until it
/// begins; each further one is told to an observer of its own. Thread-safe.
/// </summary>
internal struct Enumerations<T>(Enumeration<T> first)
{
    private readonly StreamObserver<T> _observer = first.Observer;
    private Enumeration<T> _first = first;
    private int _begun;

    public Enumeration<T> Next()
    {
        if (Interlocked.Increment(ref _begun) > 1)
        {
            return new(_observer.Again());
        }

        var first = _first;
        _first = default;
        return first;
    }
}
