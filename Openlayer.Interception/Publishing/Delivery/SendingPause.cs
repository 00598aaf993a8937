namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Until when nothing is sent, because the last request failed. Thread-safe.</summary>
internal sealed class SendingPause(TimeProvider clock)
{
    private long _until = long.MinValue;

    public Deadline Until => new(Interlocked.Read(ref _until));

    public bool IsOn => !Until.IsOver(clock);

    public void Begin(TimeSpan duration) => Interlocked.Exchange(ref _until, Deadline.In(duration, clock).Timestamp);

    public void End() => Interlocked.Exchange(ref _until, long.MinValue);
}
