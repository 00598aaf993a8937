namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A point in time of a monotonic clock.</summary>
/// <param name="Timestamp">As <see cref="TimeProvider.GetTimestamp"/> returns it.</param>
internal readonly record struct MonotonicTime(long Timestamp)
{
    // Timers reject more than 49 days.
    private static readonly TimeSpan MaxTimer = TimeSpan.FromDays(1);

    /// <summary>Before any other time.</summary>
    public static MonotonicTime Past => new(long.MinValue);

    /// <summary>After any other time.</summary>
    public static MonotonicTime Never => new(long.MaxValue);

    public static MonotonicTime Now(TimeProvider clock) => new(clock.GetTimestamp());

    public static MonotonicTime In(TimeSpan delay, TimeProvider clock) => Now(clock).Plus(delay, clock);

    public static MonotonicTime Earlier(MonotonicTime one, MonotonicTime other) => new(Math.Min(one.Timestamp, other.Timestamp));

    public static MonotonicTime Later(MonotonicTime one, MonotonicTime other) => new(Math.Max(one.Timestamp, other.Timestamp));

    /// <summary>The time after a delay. <see cref="Never"/> if the clock cannot count that far.</summary>
    public MonotonicTime Plus(TimeSpan delay, TimeProvider clock)
    {
        var ticks = delay.TotalSeconds * clock.TimestampFrequency;
        return new(ticks < long.MaxValue - (double)Timestamp ? Timestamp + (long)ticks : long.MaxValue);
    }

    public bool IsOver(TimeProvider clock) => clock.GetTimestamp() >= Timestamp;

    /// <summary>How long a timer runs until this time: more than zero, and at most a day, after which it can be armed again.</summary>
    public TimeSpan Left(TimeProvider clock)
    {
        var now = clock.GetTimestamp();
        var left = Timestamp <= now ? TimeSpan.Zero : clock.GetElapsedTime(now, Timestamp);

        // A timer may fire slightly early. It must not be armed again and again for the rest.
        return (left < MaxTimer ? left : MaxTimer) + TimeSpan.FromMilliseconds(1);
    }
}
