using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Publishing;

/// <summary>Counts the traces that are dropped and tells of them: of the first at once, then at most once a minute. Thread-safe.</summary>
/// <param name="context">Where it is told.</param>
/// <param name="timeProvider">The clock of the minute.</param>
/// <param name="write">Says that so many were lost, and why.</param>
internal sealed class DropLog(PublishingContext context, TimeProvider timeProvider, Action<ILogger, long> write)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private long _count;
    private long _untold;
    private long? _toldAt;

    /// <summary>How many were dropped so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Add(long count)
    {
        Interlocked.Add(ref _count, count);
        Interlocked.Add(ref _untold, count);
    }

    /// <summary>Tells of those that nobody was told of, unless it told of others less than a minute ago. Does not wait for the logger.</summary>
    public void TellWhereDue()
    {
        if (Interlocked.Read(ref _untold) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_toldAt is { } toldAt && timeProvider.GetElapsedTime(toldAt) < Interval)
            {
                return;
            }

            _toldAt = timeProvider.GetTimestamp();
        }

        // On the pool and without the caller's context: a logger may take its time, and may be a traced service.
        ThreadPool.UnsafeQueueUserWorkItem(static drops => drops.Log.Tell(drops.Count), (Log: this, Count: TakeUntold()), preferLocal: false);
    }

    /// <summary>Tells of those that nobody was told of.</summary>
    public void Tell() => Tell(TakeUntold());

    private long TakeUntold() => Interlocked.Exchange(ref _untold, 0);

    private void Tell(long count)
    {
        if (count > 0)
        {
            context.Log(logger => write(logger, count));
        }
    }
}
