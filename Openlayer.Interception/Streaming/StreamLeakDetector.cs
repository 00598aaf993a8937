namespace Openlayer.Interception.Streaming;

/// <summary>
/// Held by a stream and then by its enumeration. If the consumer drops them before the end, the observer is notified. A separate object,
/// so that only an observed stream has a finalizer, and only one.
/// </summary>
internal sealed class StreamLeakDetector<T>(StreamObserver<T> observer)
{
    ~StreamLeakDetector() => observer.OnEnded(StreamEnd.Abandoned);

    /// <summary>Ends the detection.</summary>
#pragma warning disable CA1816 // There is nothing to dispose of: the finalizer is all that it is for.
    public void Release() => GC.SuppressFinalize(this);
#pragma warning restore CA1816
}
