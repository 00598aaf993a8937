namespace Openlayer.Interception.Streaming;

/// <summary>One enumeration of a stream: whom it is told to, and what its consumer holds of it until it has ended.</summary>
internal readonly struct Enumeration<T>(StreamObserver<T> observer)
{
    private readonly StreamLeakDetector<T>? _hold = observer.IsTold ? new(observer) : null;

    public StreamObserver<T> Observer { get; } = observer;

    /// <summary>Tells that it has ended. Only the first call counts.</summary>
    public void Ended(StreamEnd end, Exception? failure = null)
    {
        _hold?.Release();
        Observer.Ended(end, failure);
    }

    /// <summary>The same where it threw.</summary>
    public void Failed(Exception failure) =>
        Ended(failure is OperationCanceledException ? StreamEnd.Canceled : StreamEnd.Failed, failure);

    /// <summary>Leaves it to the caller to tell: dropping it says nothing any more.</summary>
    public StreamObserver<T> LetGo()
    {
        _hold?.Release();
        return Observer;
    }
}
