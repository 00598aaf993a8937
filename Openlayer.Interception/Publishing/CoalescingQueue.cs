using System.Diagnostics.CodeAnalysis;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Completed traces that wait for their consumer's thread, bounded by number and by bytes. The first wakes the consumer; while more keep
/// coming it lets them gather, because waking a thread costs the callers' processors many times what taking a trace does. Its owner holds
/// the gate, except for <see cref="Wait"/>.
/// </summary>
/// <param name="gate">The owner's lock.</param>
/// <param name="capacity">How many may wait. The oldest make room for the newest.</param>
/// <param name="maxBytes">How many bytes those that wait may hold. A larger one waits alone.</param>
/// <param name="sizeOf">The bytes of an item, as estimated.</param>
/// <param name="onDropped">Called with each item that made room.</param>
internal sealed class CoalescingQueue<T>(object gate, int capacity, long maxBytes, Func<T, long> sizeOf, Action<T> onDropped)
{
    // Objects that outlive a garbage collection make it take longer. And there must be room for what arrives while the thread wakes.
    private const long MaxGatheredBytes = 512 * 1024;
    private const int MaxGatheredItems = 256;
    private const int GatheredShareOfBounds = 8;

    // Measured by the system clock, even if the tracer has another clock: the purpose is to save processor time.
    private static readonly TimeSpan MaxGatheringTime = TimeSpan.FromMilliseconds(5);

    private readonly Queue<(T Item, long Bytes)> _waiting = new();
    private readonly int _wakeCountWhileGathering = Math.Clamp(capacity / GatheredShareOfBounds, 1, MaxGatheredItems);
    private readonly long _wakeBytes = Math.Min(maxBytes / GatheredShareOfBounds, MaxGatheredBytes);
    private int _wakeCount = 1;
    private long _bytes;
    private bool _isWoken;
    private bool _isFlushing;
    private bool _isClosed;

    public int Count => _waiting.Count;

    private bool IsWorthWaking =>
        _waiting.Count >= _wakeCount || (_waiting.Count > 0 && _bytes >= _wakeBytes);

    /// <summary>Adds an item, unless the queue is closed.</summary>
    public bool TryAdd(T item)
    {
        if (_isClosed)
        {
            return false;
        }

        // Kept beside the item: values can be set on a trace after it is complete.
        var bytes = sizeOf(item);
        while (_waiting.Count > 0 && (_waiting.Count >= capacity || _bytes + bytes > maxBytes))
        {
            onDropped(Dequeue());
        }

        _waiting.Enqueue((item, bytes));
        _bytes += bytes;
        if (!_isWoken && IsWorthWaking)
        {
            Wake();
        }

        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (_waiting.Count > 0)
        {
            item = Dequeue();
            return true;
        }

        item = default;
        return false;
    }

    /// <summary>Wakes the consumer for what waits now, however little it is.</summary>
    public void Flush()
    {
        _isFlushing = true;
        Wake();
    }

    /// <summary>Accepts nothing more. What waits can still be taken.</summary>
    public void Close()
    {
        _isClosed = true;
        Wake();
    }

    /// <summary>Waits for something to take. Only the consumer's thread calls it, without holding the gate.</summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Wait()
    {
        lock (gate)
        {
            _wakeCount = _wakeCountWhileGathering;
            _isWoken = false;
            if (!IsWorthWaking && !_isFlushing && !_isClosed)
            {
                Monitor.Wait(gate, MaxGatheringTime);
            }

            _isFlushing = false;
            _wakeCount = 1;
            while (_waiting.Count == 0 && !_isClosed)
            {
                _isWoken = false;
                Monitor.Wait(gate);
            }

            return _waiting.Count > 0;
        }
    }

    private T Dequeue()
    {
        var (item, bytes) = _waiting.Dequeue();
        _bytes -= bytes;
        return item;
    }

    private void Wake()
    {
        _isWoken = true;
        Monitor.Pulse(gate);
    }
}
