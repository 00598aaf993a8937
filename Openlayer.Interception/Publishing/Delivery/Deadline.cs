namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A moment of a monotonic clock.</summary>
/// <param name="Timestamp">As <see cref="TimeProvider.GetTimestamp"/> gives it.</param>
internal readonly record struct Deadline(long Timestamp)
{
    public static Deadline Now(TimeProvider clock) => new(clock.GetTimestamp());

    public static Deadline In(TimeSpan delay, TimeProvider clock) => Now(clock).Plus(delay, clock);

    public static Deadline Earlier(Deadline one, Deadline other) => new(Math.Min(one.Timestamp, other.Timestamp));

    public static Deadline Later(Deadline one, Deadline other) => new(Math.Max(one.Timestamp, other.Timestamp));

    public Deadline Plus(TimeSpan delay, TimeProvider clock) => new(Timestamp + (long)(delay.TotalSeconds * clock.TimestampFrequency));

    public bool IsOver(TimeProvider clock) => clock.GetTimestamp() >= Timestamp;

    /// <summary>How long a timer has to run until it is over; never zero.</summary>
    public TimeSpan Left(TimeProvider clock)
    {
        var left = clock.GetElapsedTime(clock.GetTimestamp(), Timestamp);

        // Not a little too early, for ever.
        return (left <= TimeSpan.Zero ? TimeSpan.Zero : left) + TimeSpan.FromMilliseconds(1);
    }
}
