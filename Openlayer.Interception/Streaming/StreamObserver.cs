using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// What is told about one enumeration of a stream, and what surrounds the stream's code while that runs. No member throws.
/// </summary>
internal abstract class StreamObserver<T>
{
    /// <summary>Whether it is to be told anything. Where not, it only surrounds the stream's code.</summary>
    public virtual bool IsTold => true;

    /// <summary>What surrounds the stream's code, for one enumeration: it is entered before any of that runs, and left before the consumer goes on.</summary>
    public abstract AmbientScope Scope { get; }

    /// <summary>The stream is asked for an item.</summary>
    public abstract void Asked();

    /// <summary>The stream has produced the item it was asked for, which its consumer has not seen yet.</summary>
    public abstract void Produced(T item);

    /// <summary>The stream has ended. Called at least once, perhaps from a finalizer; only the first call counts.</summary>
    public abstract void Ended(StreamEnd end, Exception? exception = null);

    /// <summary>The stream is enumerated once more: the observer of that enumeration.</summary>
    public abstract StreamObserver<T> Again();
}
