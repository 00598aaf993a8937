namespace Openlayer.Interception.Streaming;

/// <summary>Observes how a call ends. Implemented by a struct, so that observing a call allocates nothing. No member throws.</summary>
internal interface ICallObserver
{
    /// <summary>The call has returned its result. Returns what the caller gets: the result, or an observed stream.</summary>
    TResult Succeeded<TResult>(TResult result);

    /// <summary>The call has returned a result that the caller gets unchanged.</summary>
    void Completed<TResult>(TResult result);

    /// <summary>The call has failed or was cancelled.</summary>
    void Failed(Exception exception);

    /// <summary>The call's result is a stream. Returns the observer of its first enumeration, with which the call ends.</summary>
    StreamObserver<T> OpenStream<T>();
}
