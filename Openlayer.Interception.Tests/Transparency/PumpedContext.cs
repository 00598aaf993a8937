namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A synchronization context that runs posted callbacks on the thread that pumps it.</summary>
internal sealed class PumpedContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly object _gate = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            _posted.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    public void Pump()
    {
        while (TryTake(out var posted))
        {
            posted.Callback(posted.State);
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) posted)
    {
        lock (_gate)
        {
            return _posted.TryDequeue(out posted);
        }
    }
}
