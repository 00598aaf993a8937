using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// The open traces and streams of one tracer. A timer, which runs only while there are any, ends streams that are abandoned, and publishes
/// traces whose root has ended but in which a step never ends. Registering a trace takes no lock and allocates nothing. Thread-safe.
/// </summary>
internal sealed class OpenTraces
{
    // A grace period ends after the time itself plus at most this fraction of it.
    private const int ChecksPerGracePeriod = 4;

    // Powers of two. A thread looks for a free slot in its own part of the table first, so that threads do not share cache lines.
    private const int SlotCount = 1_024;
    private const int SlotsPerThread = 8;

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _gracePeriod;
    private readonly TimeSpan _period;
    private readonly InternalLog _log;

    private readonly OpenlayerTrace?[] _slots = new OpenlayerTrace?[SlotCount];

    private readonly object _gate = new();

    // Under the gate: traces that found no free slot, streams, and traces with an open root that have been idle for a grace period. The last
    // are weak: if a root can no longer end because its task was collected, its trace is not kept alive, but published.
    private readonly HashSet<OpenlayerTrace> _others = [];
    private readonly LinkedList<IOpenStream> _streams = new();
    private readonly List<WeakReference<OpenlayerTrace>> _idle = [];

    private volatile ITimer? _timer;

    public OpenTraces(OpenlayerSettings settings, InternalLog log)
    {
        _timeProvider = settings.TimeProvider;
        _gracePeriod = settings.TraceGracePeriod;
        _log = log;
        var shortest = settings.StreamGracePeriod < settings.TraceGracePeriod ? settings.StreamGracePeriod : settings.TraceGracePeriod;
        _period = shortest / ChecksPerGracePeriod;
    }

    /// <summary>Registers a trace until it is removed.</summary>
    /// <returns>The trace's slot. Negative if it has none.</returns>
    public int Add(OpenlayerTrace trace)
    {
        var slot = FindSlot(trace);
        if (slot < 0)
        {
            lock (_gate)
            {
                _others.Add(trace);
            }
        }

        StartTimer();
        return slot;
    }

    /// <summary>Removes a trace that is complete. Does nothing if it was removed.</summary>
    public void Remove(OpenlayerTrace trace, int slot)
    {
        if (slot >= 0 && ReferenceEquals(Volatile.Read(ref _slots[slot]), trace))
        {
            Volatile.Write(ref _slots[slot], null);
        }
        else if (slot < 0)
        {
            lock (_gate)
            {
                _others.Remove(trace);
            }
        }
    }

    /// <summary>Whether the trace of a row is open.</summary>
    /// <param name="inferenceId">The row's id.</param>
    public bool Contains(string inferenceId) => Traces(andIdle: true).Exists(trace => trace.IsRecorded && !trace.IsComplete && trace.InferenceId == inferenceId);

    /// <summary>Registers a stream until it is removed.</summary>
    public LinkedListNode<IOpenStream> Add(IOpenStream stream)
    {
        LinkedListNode<IOpenStream> node;
        lock (_gate)
        {
            node = _streams.AddLast(stream);
        }

        StartTimer();
        return node;
    }

    /// <summary>Removes a stream. Does nothing if it was removed.</summary>
    public void Remove(LinkedListNode<IOpenStream> node)
    {
        lock (_gate)
        {
            if (node.List is not null)
            {
                _streams.Remove(node);
            }
        }
    }

    /// <summary>Publishes every open trace, because the tracer or the process ends.</summary>
    public void PublishAll()
    {
        try
        {
            foreach (var trace in Traces(andIdle: true))
            {
                Publish(trace);
            }
        }
        catch (Exception exception)
        {
            _log.Report(TracingEvents.StepNotEnded, exception);
        }
    }

    /// <summary>Publishes a trace that was collected before its root ended. For a finalizer.</summary>
    public void PublishCollected(OpenlayerTrace trace)
    {
        try
        {
            Publish(trace);
        }
        catch (Exception exception)
        {
            _log.Report(TracingEvents.StepNotEnded, exception);
        }
    }

    private int FindSlot(OpenlayerTrace trace)
    {
        var first = Environment.CurrentManagedThreadId * SlotsPerThread;
        for (var offset = 0; offset < SlotsPerThread; offset++)
        {
            ref var slot = ref _slots[(first + offset) & (SlotCount - 1)];
            if (slot is null && Interlocked.CompareExchange(ref slot, trace, null) is null)
            {
                return (first + offset) & (SlotCount - 1);
            }
        }

        return -1;
    }

    // The registration is written before this reads the timer, and Check clears the timer before it reads the registrations.
    private void StartTimer()
    {
        if (_timer is null)
        {
            CreateTimer();
        }
    }

    private void CreateTimer()
    {
        // The timer must not keep the ambient state of a call alive.
        var flow = AmbientStep.SuppressFlow();
        try
        {
            lock (_gate)
            {
                _timer ??= _timeProvider.CreateTimer(static traces => ((OpenTraces)traces!).Check(), this, _period, _period);
            }
        }
        finally
        {
            flow?.Undo();
        }
    }

    // The timer's callback. An exception that escapes here would end the process.
    private void Check()
    {
        try
        {
            var now = _timeProvider.GetTimestamp();
            foreach (var stream in Streams())
            {
                stream.EndIfIdle(now);
            }

            foreach (var trace in Traces(andIdle: false))
            {
                CheckIdle(trace, now);
            }

            StopTimerIfNothingIsOpen();
        }
        catch (Exception exception)
        {
            _log.Report(TracingEvents.StepNotEnded, exception);
        }
    }

    private void CheckIdle(OpenlayerTrace trace, long now)
    {
        if (_timeProvider.GetElapsedTime(LastActivity(trace), now) < _gracePeriod)
        {
            return;
        }

        if (trace.Root.HasEnded)
        {
            Publish(trace);
        }
        else
        {
            KeepWeakly(trace);
        }
    }

    private long LastActivity(OpenlayerTrace trace)
    {
        var last = Descendants(trace.Root).Max(static step => step.LastTimestamp);
        return Streams().Where(stream => ReferenceEquals(stream.Step?.Trace, trace)).Select(static stream => stream.LastActivity).Append(last).Max();
    }

    private void KeepWeakly(OpenlayerTrace trace)
    {
        lock (_gate)
        {
            _idle.Add(new WeakReference<OpenlayerTrace>(trace));
        }

        trace.Extras.LeakDetector = new TraceLeakDetector(trace, this);
        Remove(trace, trace.Slot);
        trace.Slot = -1;
    }

    /// <summary>Ends every step that is still open, which completes the trace.</summary>
    private void Publish(OpenlayerTrace trace)
    {
        if (trace.IsComplete)
        {
            return;
        }

        var open = Descendants(trace.Root).Where(static step => !step.HasEnded).ToArray();
        foreach (var step in open)
        {
            step.Note("stillOpen", true);
        }

        foreach (var stream in Streams().Where(stream => ReferenceEquals(stream.Step?.Trace, trace)))
        {
            stream.EndWithTrace();
        }

        // The root last: a trace is complete when its last step has ended.
        foreach (var step in Enumerable.Reverse(open))
        {
            step.Invocation = null;
            step.End();
        }
    }

    private void StopTimerIfNothingIsOpen()
    {
        ITimer? stopped;
        lock (_gate)
        {
            if (!IsEmpty())
            {
                return;
            }

            stopped = _timer;
            _timer = null;
        }

        stopped?.Dispose();
        Interlocked.MemoryBarrier();
        if (!IsEmpty())
        {
            StartTimer();
        }
    }

    // The idle traces need no timer: they end by themselves or are collected.
    private bool IsEmpty()
    {
        lock (_gate)
        {
            return _streams.Count == 0 && _others.Count == 0 && Array.TrueForAll(_slots, static slot => slot is null);
        }
    }

    private IOpenStream[] Streams()
    {
        lock (_gate)
        {
            return [.. _streams];
        }
    }

    private List<OpenlayerTrace> Traces(bool andIdle)
    {
        lock (_gate)
        {
            List<OpenlayerTrace> traces = [.. _slots.OfType<OpenlayerTrace>(), .. _others];
            for (var index = _idle.Count - 1; index >= 0; index--)
            {
                if (!_idle[index].TryGetTarget(out var trace) || trace.IsComplete)
                {
                    _idle.RemoveAt(index);
                }
                else if (andIdle)
                {
                    traces.Add(trace);
                }
            }

            return traces;
        }
    }

    private static List<Step> Descendants(Step root)
    {
        var steps = new List<Step> { root };
        for (var index = 0; index < steps.Count; index++)
        {
            steps.AddRange(steps[index].Steps);
        }

        return steps;
    }
}
