namespace Openlayer.Interception.Streaming;

/// <summary>Observes how a call ends. Implementations are structs, so that observing a call allocates nothing. Members do not throw.</summary>
internal interface ICallObserver
{
    /// <summary>The call returned a result. Returns the result for the caller: the same one, or an observed stream.</summary>
    TResult Succeeded<TResult>(TResult result);

    /// <summary>The call returned a result that must not be replaced.</summary>
    void Completed<TResult>(TResult result);

    /// <summary>The call failed or was cancelled.</summary>
    void Failed(Exception exception);

    /// <summary>The call returned a stream. Returns the observer of the first enumeration. The call ends with that enumeration.</summary>
    StreamObserver<T> OpenStream<T>();
}
