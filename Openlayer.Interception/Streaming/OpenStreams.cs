namespace Openlayer.Interception.Streaming;

/// <summary>
/// The streams that have not ended, and the one timer that looks for those which nobody reads any more. The timer runs only while there
/// are streams. Thread-safe.
/// </summary>
internal sealed class OpenStreams(TimeProvider timeProvider, TimeSpan gracePeriod)
{
    // A stream is held for a grace period and at most this part of one more.
    private const int ChecksPerGracePeriod = 4;

    private readonly object _gate = new();
    private readonly LinkedList<IOpenStream> _streams = new();
    private ITimer? _timer;

    /// <summary>Holds a stream until it is removed.</summary>
    public LinkedListNode<IOpenStream> Add(IOpenStream stream)
    {
        lock (_gate)
        {
            _timer ??= StartTimer();
            return _streams.AddLast(stream);
        }
    }

    /// <summary>Forgets a stream. Removing one twice does nothing more.</summary>
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

    private void EndIdle()
    {
        IOpenStream[] streams;
        lock (_gate)
        {
            if (_streams.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
                return;
            }

            streams = [.. _streams];
        }

        var now = timeProvider.GetTimestamp();
        foreach (var stream in streams)
        {
            stream.EndIfIdle(now, gracePeriod);
        }
    }
}
