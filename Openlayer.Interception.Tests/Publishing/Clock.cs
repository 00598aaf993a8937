namespace Openlayer.Interception.Tests.Publishing;

/// <summary>
/// A clock that stands still until a test advances it, either by a time or to the next timer that is due. Timers fire on the thread that
/// advances it, each at its own time. The time and the timers change under one lock, so that a timer set while another thread advances
/// the clock is due when the clock says it is; a wrapper around <c>FakeTimeProvider</c> cannot promise that.
/// </summary>
internal sealed class Clock(DateTimeOffset start) : TimeProvider
{
    private readonly object _lock = new();
    private readonly Dictionary<Timer, DateTimeOffset> _due = [];
    private DateTimeOffset _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether a timer is due between two times, inclusive.</summary>
    public bool HasTimerDueBetween(DateTimeOffset earliest, DateTimeOffset latest)
    {
        lock (_lock)
        {
            return _due.Values.Any(due => due >= earliest && due <= latest);
        }
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_lock)
        {
            end = _now + by;
        }

        AdvanceTo(end);
    }

    /// <summary>Advances to the next timer that is due within <paramref name="limit"/>. If there is no such timer, the clock does not advance.</summary>
    public void AdvanceToNextTimer(TimeSpan limit)
    {
        DateTimeOffset next;
        lock (_lock)
        {
            next = _due.Values.DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
            if (next - _now > limit)
            {
                return;
            }
        }

        AdvanceTo(next);
    }

    private void AdvanceTo(DateTimeOffset end)
    {
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Advances to the first timer that is due by <paramref name="end"/>, or to <paramref name="end"/>.</summary>
    private Timer? TakeDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var (timer, due) = _due.Where(entry => entry.Value <= end).DefaultIfEmpty().MinBy(static entry => entry.Value);
            _now = Later(_now, timer is null ? end : due);
            if (timer is { Period: var period } && period > TimeSpan.Zero)
            {
                _due[timer] = due + period;
            }
            else if (timer is not null)
            {
                _due.Remove(timer);
            }

            return timer;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private sealed class Timer(Clock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (_isDisposed)
                {
                    return false;
                }

                Period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    clock._due.Remove(this);
                    return true;
                }

                clock._due[this] = clock._now + dueTime;
            }

            if (dueTime == TimeSpan.Zero)
            {
                // Like a timer of the system clock, it fires immediately.
                clock.Advance(TimeSpan.Zero);
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _isDisposed = true;
                clock._due.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
