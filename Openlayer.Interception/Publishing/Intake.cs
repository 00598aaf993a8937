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
    // What outlives a garbage collection makes it take longer. And there has to be room while the thread wakes.
    private const int MostStepsGathered = 1_024;
    private const int MostGathered = 256;
    private const int GatheredPartOfCapacity = 8;

    // By the real clock, whatever clock the tracer has: it is about processors.
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(5);

    private readonly Queue<T> _waiting = new();
    private readonly int _gathered = Math.Clamp(capacity / GatheredPartOfCapacity, 1, MostGathered);
    private int _enough = 1;
    private int _steps;
    private bool _isWoken;
    private bool _isHurried;
    private bool _isClosed;

    public int Count => _waiting.Count;

    private bool IsEnough => _waiting.Count >= _enough || _steps >= MostStepsGathered;

    /// <summary>Adds one, unless it is closed.</summary>
    /// <param name="item">The trace, with what its owner notes of it.</param>
    /// <param name="steps">How many steps it has.</param>
    public bool TryAdd(T item, int steps)
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
        _steps += steps;
        if (!_isWoken && IsEnough)
        {
            Wake();
        }

        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (_waiting.TryDequeue(out item))
        {
            return true;
        }

        _steps = 0;
        return false;
    }

    /// <summary>Lets nothing gather that waits now.</summary>
    public void Hurry()
    {
        _isHurried = true;
        Wake();
    }

    /// <summary>Accepts nothing more. What waits can still be taken.</summary>
    public void Close()
    {
        _isClosed = true;
        Wake();
    }

    /// <summary>Waits for something to take; for one thread, which does not hold the gate.</summary>
    /// <returns>False when there is nothing and will be nothing.</returns>
    public bool Wait()
    {
        lock (gate)
        {
            _enough = _gathered;
            _isWoken = false;
            if (!IsEnough && !_isHurried && !_isClosed)
            {
                Monitor.Wait(gate, LongestGathering);
            }

            _isHurried = false;
            _enough = 1;
            while (_waiting.Count == 0 && !_isClosed)
            {
                _isWoken = false;
                Monitor.Wait(gate);
            }

            return _waiting.Count > 0;
        }
    }

    private void Wake()
    {
        _isWoken = true;
        Monitor.Pulse(gate);
    }
}
