namespace Openlayer.Interception.Tracing;

/// <summary>What few traces have.</summary>
internal sealed class TraceExtras
{
    private readonly List<IPendingOutput> _pending = [];
    private long _omittedSteps;
    private long _omittedValues;

    /// <summary>The captured context of the row.</summary>
    public object? Context { get; set; }

    /// <summary>The captured question of the row.</summary>
    public object? Question { get; set; }

    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>Set if the trace is observed only for being collected.</summary>
    public TraceLeakDetector? LeakDetector { get; set; }

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

    public void OmitStep() => Interlocked.Increment(ref _omittedSteps);

    public void OmitValue() => Interlocked.Increment(ref _omittedValues);
}
