namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The traces accepted between two flushes: how many are not settled yet, and how many flushes wait for them. Not thread-safe.</summary>
internal sealed class FlushPoint
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _flushes;
    private bool _isSealed;

    public int Outstanding { get; private set; }

    /// <summary>Whether a flush waits for these traces. They are then sent without waiting for others, and retried during a pause.</summary>
    public bool IsFlushing => _flushes > 0;

    /// <summary>Completes once a flush has sealed this point and every trace is settled.</summary>
    public Task Settled => _settled.Task;

    public void Add() => Outstanding++;

    public void Remove()
    {
        Outstanding--;
        CompleteIfSettled();
    }

    /// <summary>Counts no further traces, and counts one flush that waits.</summary>
    public void BeginFlush()
    {
        _isSealed = true;
        _flushes++;
        CompleteIfSettled();
    }

    /// <summary>Counts one flush less.</summary>
    public void EndFlush() => _flushes--;

    private void CompleteIfSettled()
    {
        if (_isSealed && Outstanding == 0)
        {
            _settled.TrySetResult();
        }
    }
}
