using System.Diagnostics.CodeAnalysis;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// Where completed traces wait for the thread that takes them. The first wakes it; while more keep coming it lets them gather, because
/// waking a thread costs the callers' processors many times what taking a trace does. Its owner holds the gate, except for <see cref="Wait"/>.
/// </summary>
/// <param name="gate">The owner's lock.</param>
/// <param name="capacity">How many may wait. With one more the oldest is dropped.</param>
/// <param name="onDropped">Called with what is dropped.</param>
internal sealed class Intake<T>(object gate, int capacity, Action<T> onDropped)
{
    // What waits longer is more likely to outlive a garbage collection, which then takes longer. And there has to be room while the thread wakes.
    private const int MostGathered = 256;
    private const int GatheredPartOfCapacity = 8;

    // By the real clock, whatever clock the tracer has: it is about processors.
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(5);

    private readonly Queue<T> _waiting = new();
    private readonly int _gathered = Math.Clamp(capacity / GatheredPartOfCapacity, 1, MostGathered);
    private int _enoughToWake = 1;
    private bool _isHurried;
    private bool _isClosed;

    public int Count => _waiting.Count;

    /// <summary>Adds one, unless it is closed.</summary>
    public bool TryAdd(T item)
    {
        if (_isClosed)
        {
            return false;
        }

        if (_waiting.Count == capacity)
        {
            onDropped(_waiting.Dequeue());
        }

        _waiting.Enqueue(item);
        if (_waiting.Count == _enoughToWake)
        {
            Monitor.Pulse(gate);
        }

        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item) => _waiting.TryDequeue(out item);

    /// <summary>Lets nothing gather that waits now.</summary>
    public void Hurry()
    {
        _isHurried = true;
        Monitor.Pulse(gate);
    }

    /// <summary>Accepts nothing more. What waits can still be taken.</summary>
    public void Close()
    {
        _isClosed = true;
        Monitor.Pulse(gate);
    }

    /// <summary>Waits for something to take; for one thread, which does not hold the gate.</summary>
    /// <returns>False when there is nothing and will be nothing.</returns>
    public bool Wait()
    {
        lock (gate)
        {
            _enoughToWake = _gathered;
            if (_waiting.Count < _gathered && !_isHurried && !_isClosed)
            {
                Monitor.Wait(gate, LongestGathering);
            }

            _isHurried = false;
            _enoughToWake = 1;
            while (_waiting.Count == 0 && !_isClosed)
            {
                Monitor.Wait(gate);
            }

            return _waiting.Count > 0;
        }
    }
}
