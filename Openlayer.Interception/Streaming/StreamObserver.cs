using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Observes one enumeration of a stream, and provides the ambient step for the stream's code. Streams call only the public members, which
/// never throw: a failure of an observer is logged, and the stream continues.
/// </summary>
internal abstract class StreamObserver<T>(InternalLog log)
{
    /// <summary>Whether anything is observed. If not, the observer only provides the ambient step.</summary>
    public virtual bool IsObserved => true;

    /// <summary>The scope of the stream's ambient step. It is entered before the stream's code runs and left before the consumer continues.</summary>
    public abstract AmbientScope Scope { get; }

    public InternalLog Log => log;

    /// <summary>The consumer requests the next item.</summary>
    public abstract void OnMoveNext();

    /// <summary>The stream produced an item. The consumer has not received it yet.</summary>
    public void OnItem(T item)
    {
        try
        {
            RecordItem(item);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    /// <summary>The stream ended. Called at least once, possibly by a finalizer; only the first call counts.</summary>
    public void OnEnded(StreamEnd end, Exception? failure = null)
    {
        try
        {
            RecordEnd(end, failure);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    /// <summary>Returns an observer for another enumeration of the same stream.</summary>
    public StreamObserver<T> ForNextEnumeration()
    {
        try
        {
            return CreateNext();
        }
        catch (Exception exception)
        {
            Report(exception);
            return new UnobservedStream<T>(Scope, log);
        }
    }

    /// <summary>Logs a failure of the observation.</summary>
    public void Report(Exception exception) => log.Report(StreamingEvents.StreamNotRecorded, exception);

    /// <inheritdoc cref="OnItem"/>
    protected abstract void RecordItem(T item);

    /// <inheritdoc cref="OnEnded"/>
    protected abstract void RecordEnd(StreamEnd end, Exception? failure);

    /// <inheritdoc cref="ForNextEnumeration"/>
    protected abstract StreamObserver<T> CreateNext();
}
