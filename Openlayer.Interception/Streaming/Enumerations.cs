namespace Openlayer.Interception.Streaming;

/// <summary>
/// The enumerations of a stream. The first has the observer of the call that returned the stream, and is kept until it begins. Each later one
/// has an observer of its own. Thread-safe.
/// </summary>
internal struct Enumerations<T>(Enumeration<T> first)
{
    private readonly StreamObserver<T> _observer = first.Observer;
    private Enumeration<T> _first = first;
    private int _started;

    public Enumeration<T> Next()
    {
        if (Interlocked.Increment(ref _started) > 1)
        {
            return new(_observer.ForNextEnumeration());
        }

        var first = _first;
        _first = default;
        return first;
    }
}
