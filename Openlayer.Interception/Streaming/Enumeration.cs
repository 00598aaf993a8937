namespace Openlayer.Interception.Streaming;

/// <summary>One enumeration of a stream: its observer, and the leak detector that the consumer's objects hold until it has ended.</summary>
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

    /// <summary>Reports that it threw.</summary>
    public void Failed(Exception failure) =>
        Ended(failure is OperationCanceledException ? StreamEnd.Canceled : StreamEnd.Failed, failure);

    /// <summary>Returns the observer for the caller to report the end to. Collecting this enumeration reports nothing.</summary>
    public StreamObserver<T> Detach()
    {
        _leakDetector?.Release();
        return Observer;
    }
}
