namespace Openlayer.Interception.Streaming;

/// <summary>
/// Notifies the observer if the consumer drops a stream, or its enumerator, before the end. It is a separate object so that only observed
/// streams have a finalizer, and only one.
/// </summary>
internal sealed class StreamLeakDetector<T>(StreamObserver<T> observer)
{
    ~StreamLeakDetector() => observer.OnEnded(StreamEnd.Abandoned);

    /// <summary>Ends leak detection.</summary>
#pragma warning disable CA1816 // The type has only a finalizer and nothing to dispose.
    public void Release() => GC.SuppressFinalize(this);
#pragma warning restore CA1816
}
