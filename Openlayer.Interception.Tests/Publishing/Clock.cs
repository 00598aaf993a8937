using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>
/// A clock that stands still, and can go on to the next timer that is due. What is not waited for takes none of its time, however long
/// the machine takes for it.
/// </summary>
internal sealed class Clock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentDictionary<Timer, DateTimeOffset> _due = new();

    /// <summary>Goes on to the next timer that is due within a time; stands still where there is none.</summary>
    public void AdvanceToNextTimer(TimeSpan within)
    {
        var now = GetUtcNow();
        var next = _due.Values.DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
        if (next - now <= within)
        {
            Advance(next > now ? next - now : TimeSpan.Zero);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this);
        timer.Start(base.CreateTimer(
            _ =>
            {
                timer.Fired(period);
                callback(state);
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Clock clock) : ITimer
    {
        private ITimer? _timer;

        public void Start(ITimer timer) => _timer = timer;

        public void Fired(TimeSpan period)
        {
            if (period > TimeSpan.Zero)
            {
                clock._due[this] = clock.GetUtcNow() + period;
            }
            else if (clock._due.TryGetValue(this, out var due) && due <= clock.GetUtcNow())
            {
                clock._due.TryRemove(new(this, due));
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero)
            {
                clock._due[this] = clock.GetUtcNow() + dueTime;
            }
            else
            {
                clock._due.TryRemove(this, out _);
            }

            if (!_timer!.Change(dueTime, period))
            {
                // It is disposed of.
                clock._due.TryRemove(this, out _);
                return false;
            }

            return true;
        }

        public void Dispose()
        {
            clock._due.TryRemove(this, out _);
            _timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
