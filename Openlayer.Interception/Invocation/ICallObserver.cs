using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>What is told how a call ends. Implemented by a struct, so that observing a call costs no object of its own. Never throws.</summary>
internal interface ICallObserver
{
    /// <summary>The call has given its result. Returns what the caller is to be given: the result, or a stream that is observed.</summary>
    TResult Succeeded<TResult>(TResult result);

    /// <summary>The call has given a result that the caller has as it is.</summary>
    void Completed<TResult>(TResult result);

    /// <summary>The call has failed or was cancelled.</summary>
    void Failed(Exception exception);

    /// <summary>The call's result is a stream: the observer of its first enumeration, with which the call ends.</summary>
    StreamObserver<T> OpenStream<T>();
}
