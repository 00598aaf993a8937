namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A moment of a monotonic clock.</summary>
/// <param name="Timestamp">As <see cref="TimeProvider.GetTimestamp"/> gives it.</param>
internal readonly record struct Deadline(long Timestamp)
{
    // Timers refuse what is longer than 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    public static Deadline Now(TimeProvider clock) => new(clock.GetTimestamp());

    public static Deadline In(TimeSpan delay, TimeProvider clock) => Now(clock).Plus(delay, clock);

    public static Deadline Earlier(Deadline one, Deadline other) => new(Math.Min(one.Timestamp, other.Timestamp));

    public static Deadline Later(Deadline one, Deadline other) => new(Math.Max(one.Timestamp, other.Timestamp));

    /// <summary>So much later; where that is beyond what the clock can count, never.</summary>
    public Deadline Plus(TimeSpan delay, TimeProvider clock)
    {
        var ticks = delay.TotalSeconds * clock.TimestampFrequency;
        return new(ticks < long.MaxValue - (double)Timestamp ? Timestamp + (long)ticks : long.MaxValue);
    }

    public bool IsOver(TimeProvider clock) => clock.GetTimestamp() >= Timestamp;

    /// <summary>How long a timer has to run until it is over; never zero, and at most a day, after which it can be asked again.</summary>
    public TimeSpan Left(TimeProvider clock)
    {
        var now = clock.GetTimestamp();
        var left = Timestamp <= now ? TimeSpan.Zero : clock.GetElapsedTime(now, Timestamp);

        // Not a little too early, for ever.
        return (left < LongestTimer ? left : LongestTimer) + TimeSpan.FromMilliseconds(1);
    }
}
