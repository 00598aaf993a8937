namespace Openlayer.Interception.Streaming;

/// <summary>One enumeration of a stream: its observer, and a leak detector that the consumer's objects keep alive until it ends.</summary>
internal readonly struct Enumeration<T>(StreamObserver<T> observer)
{
    private readonly StreamLeakDetector<T>? _leakDetector = observer.IsObserved ? new(observer) : null;

    public StreamObserver<T> Observer { get; } = observer;

    /// <summary>Reports the end. Only the first call counts.</summary>
    public void Ended(StreamEnd end, Exception? failure = null)
    {
        _leakDetector?.Release();
        Observer.OnEnded(end, failure);
    }

    /// <summary>Reports that the stream threw.</summary>
    public void Failed(Exception failure) =>
        Ended(failure is OperationCanceledException ? StreamEnd.Canceled : StreamEnd.Failed, failure);

    /// <summary>Returns the observer and ends leak detection. The caller reports the end.</summary>
    public StreamObserver<T> Detach()
    {
        _leakDetector?.Release();
        return Observer;
    }
}
