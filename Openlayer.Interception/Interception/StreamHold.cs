namespace Openlayer.Interception.Interception;

/// <summary>
/// What a consumer holds of a stream, and then of its enumeration: where it drops them half-way, the observer is told. An object of its
/// own, so that only a stream that is told of has a finalizer, and one of them.
/// </summary>
internal sealed class StreamHold<T>
{
    private readonly StreamObserver<T> _observer;

    private StreamHold(StreamObserver<T> observer) => _observer = observer;

    ~StreamHold() => _observer.Ended(StreamEnd.Abandoned);

    /// <summary>The hold on what an observer is told of. Null where it is told nothing.</summary>
    public static StreamHold<T>? On(StreamObserver<T> observer) => observer.IsTold ? new(observer) : null;

    /// <summary>The enumeration has ended: dropping it says nothing any more.</summary>
#pragma warning disable CA1816 // There is nothing to dispose of: the finalizer is all that it is for.
    public void Release() => GC.SuppressFinalize(this);
#pragma warning restore CA1816
}
