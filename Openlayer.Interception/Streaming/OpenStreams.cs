using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// The open streams, and a timer that ends the steps of abandoned ones. The timer runs only while streams are open. Thread-safe.
/// </summary>
internal sealed class OpenStreams(TimeProvider timeProvider, TimeSpan gracePeriod, InternalLog log)
{
    // An idle stream ends after one grace period plus at most this fraction of another.
    private const int ChecksPerGracePeriod = 4;

    private readonly object _gate = new();
    private readonly LinkedList<IOpenStream> _streams = new();
    private ITimer? _timer;

    /// <summary>Registers a stream until it is removed.</summary>
    public LinkedListNode<IOpenStream> Add(IOpenStream stream)
    {
        lock (_gate)
        {
            _timer ??= StartTimer();
            return _streams.AddLast(stream);
        }
    }

    /// <summary>Removes a stream. Does nothing if it has been removed.</summary>
    public void Remove(LinkedListNode<IOpenStream> node)
    {
        lock (_gate)
        {
            if (node.List is not null)
            {
                _streams.Remove(node);
            }
        }
    }

    private ITimer StartTimer()
    {
        // The timer must not keep the ambient state of a call alive.
        var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            var period = gracePeriod / ChecksPerGracePeriod;
            return timeProvider.CreateTimer(static streams => ((OpenStreams)streams!).EndIdle(), this, period, period);
        }
        finally
        {
            flow?.Undo();
        }
    }

    // The timer's callback. An exception that escapes here would end the process.
    private void EndIdle()
    {
        try
        {
            if (TakeSnapshot() is { } streams)
            {
                var now = timeProvider.GetTimestamp();
                foreach (var stream in streams)
                {
                    stream.EndIfIdle(now, gracePeriod);
                }
            }
        }
        catch (Exception exception)
        {
            log.Report(StreamingEvents.StreamNotRecorded, exception);
        }
    }

    /// <summary>Returns the open streams. If there are none, stops the timer and returns null.</summary>
    private IOpenStream[]? TakeSnapshot()
    {
        lock (_gate)
        {
            if (_streams.Count > 0)
            {
                return [.. _streams];
            }

            _timer?.Dispose();
            _timer = null;
            return null;
        }
    }
}
