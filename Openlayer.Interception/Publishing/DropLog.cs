using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing;

/// <summary>Counts and logs dropped traces: the first drop immediately, then a count at most once a minute. Thread-safe.</summary>
/// <param name="context">The context the logger is called in.</param>
/// <param name="timeProvider">The clock that measures the minute.</param>
/// <param name="describe">Returns the log event for a number of dropped traces.</param>
internal sealed class DropLog(PublishingContext context, TimeProvider timeProvider, Func<long, (LogEvent Event, object?[] Arguments)> describe)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private long _unlogged;
    private long? _loggedAt;

    public void Add(long count) => Interlocked.Add(ref _unlogged, count);

    /// <summary>Logs the drops that are not logged yet, at most once a minute. Does not wait for the logger.</summary>
    public void LogIfDue()
    {
        if (Interlocked.Read(ref _unlogged) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_loggedAt is { } loggedAt && timeProvider.GetElapsedTime(loggedAt) < Interval)
            {
                return;
            }

            _loggedAt = timeProvider.GetTimestamp();
        }

        // On the thread pool without the caller's context, because a logger may be slow and may itself be traced.
        ThreadPool.UnsafeQueueUserWorkItem(static drops => drops.Log.Write(drops.Count), (Log: this, Count: TakeUnlogged()), preferLocal: false);
    }

    /// <summary>Logs the drops that are not logged yet, whenever drops were last logged.</summary>
    public void LogRest() => Write(TakeUnlogged());

    private long TakeUnlogged() => Interlocked.Exchange(ref _unlogged, 0);

    private void Write(long count)
    {
        if (count > 0)
        {
            var (@event, arguments) = describe(count);
            context.Log(@event, arguments);
        }
    }
}
