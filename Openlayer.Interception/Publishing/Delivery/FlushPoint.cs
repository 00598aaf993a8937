namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Counts the traces accepted between two flushes that nothing has become of yet. Not thread-safe.</summary>
internal sealed class FlushPoint
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Outstanding { get; private set; }

    /// <summary>Whether somebody waits for it: what it counts is sent at once.</summary>
    public bool IsFlushing { get; private set; }

    /// <summary>Completes once it is flushed and nothing is outstanding.</summary>
    public Task Settled => _settled.Task;

    public void Add() => Outstanding++;

    public void Remove()
    {
        Outstanding--;
        CompleteWhereDone();
    }

    public void Flush()
    {
        IsFlushing = true;
        CompleteWhereDone();
    }

    private void CompleteWhereDone()
    {
        if (IsFlushing && Outstanding == 0)
        {
            _settled.TrySetResult();
        }
    }
}
