namespace Openlayer.Interception.Streaming;

/// <summary>
/// What a consumer holds of a stream, and then of its enumeration: where it drops them half-way, the observer is told. An object of its
/// own, so that only a stream that is told of has a finalizer, and one of them.
/// </summary>
internal sealed class StreamLeakDetector<T>(StreamObserver<T> observer)
{
    ~StreamLeakDetector() => observer.Ended(StreamEnd.Abandoned);

    /// <summary>Dropping it says nothing any more.</summary>
#pragma warning disable CA1816 // There is nothing to dispose of: the finalizer is all that it is for.
    public void Release() => GC.SuppressFinalize(this);
#pragma warning restore CA1816
}
