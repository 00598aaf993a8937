using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Tracing;

/// <summary>What few traces have.</summary>
internal sealed class TraceExtras
{
    private readonly List<IPendingOutput> _pending = [];
    private readonly HashSet<HeldAttachment> _held = [];
    private long _omittedSteps;
    private long _omittedValues;

    /// <summary>The captured context of the row.</summary>
    public object? Context { get; set; }

    /// <summary>The captured question of the row.</summary>
    public object? Question { get; set; }

    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>Set if the trace is observed only for being collected.</summary>
    public TraceLeakDetector? LeakDetector { get; set; }

    /// <summary>What is to be uploaded of the trace.</summary>
    public HeldAttachment[] Held
    {
        get
        {
            lock (_held)
            {
                return [.. _held];
            }
        }
    }

    /// <summary>The number of steps that the trace had no room for.</summary>
    public long OmittedSteps => Interlocked.Read(ref _omittedSteps);

    /// <summary>The number of values that the trace had no room for.</summary>
    public long OmittedValues => Interlocked.Read(ref _omittedValues);

    public void Add(IPendingOutput output)
    {
        lock (_pending)
        {
            _pending.Add(output);
        }
    }

    /// <summary>Records the outputs that are known by now.</summary>
    public void RecordPending()
    {
        lock (_pending)
        {
            _pending.RemoveAll(static output => output.TryRecord());
        }
    }

    /// <summary>Adds what is to be uploaded of a captured value.</summary>
    public void AddHeld(object? captured)
    {
        if (captured is CapturedJson { Held: { IsEmpty: false } held })
        {
            lock (_held)
            {
                _held.UnionWith(held.ToArray());
            }
        }
    }

    public void OmitStep() => Interlocked.Increment(ref _omittedSteps);

    public void OmitValue() => Interlocked.Increment(ref _omittedValues);
}
