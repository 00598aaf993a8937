using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// A trace of one request through the application: a root step and its descendants. It is published as one row when all its steps have
/// ended. Thread-safe.
/// </summary>
public sealed class OpenlayerTrace : ICaptureOwner
{
    // The size of a step without large values. It is about the same in memory and as JSON.
    private const int BytesOfStep = 512;

    private const long OneOpened = (1L << 32) + 1;

    private readonly TraceOwner _owner;
    private readonly DateTimeOffset _wallClockStart;
    private readonly long _startTimestamp;
    private CapturedDictionary? _metadata;
    private string? _inferenceId;

    // The lower half counts open steps, the upper half all steps. One interlocked operation changes both.
    private long _steps = OneOpened;
    private long _capturedBytes;

    internal OpenlayerTrace(TraceOwner owner, string rootName, StepType rootType, bool isCall)
    {
        _owner = owner;
        _wallClockStart = owner.Clock.GetUtcNow();
        _startTimestamp = Now();
        Root = Step.Create(this, parent: null, rootName, rootType, isCall);
    }

    /// <summary>The outermost step.</summary>
    public Step Root { get; internal set; }

    /// <summary>The row's id at Openlayer. Default: the root step's id. Set it to add feedback or ground truth to the row later.</summary>
    public string InferenceId
    {
        get => _inferenceId ?? Root.Id;
        set => _inferenceId = value;
    }

    /// <summary>Additional columns of the row, by name. Reserved names (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) are not written.</summary>
    public IDictionary<string, object?> Metadata => MetadataValues;

    /// <summary>The id of the user who made the request. Default: the user of <see cref="OpenlayerTracer.BeginSession"/>, otherwise null.</summary>
    public string? UserId { get; set; }

    /// <summary>The id of the session of the request. Default: the session of <see cref="OpenlayerTracer.BeginSession"/>, otherwise null.</summary>
    public string? SessionId { get; set; }

    /// <summary>Called instead of <see cref="OpenlayerOptions.OnFlushFailure"/> if this trace's row fails. Default: null.</summary>
    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>Whether the trace is published. If not, it only provides a step that callers can write to.</summary>
    internal bool IsRecorded => _owner.IsRecording;

    /// <summary>Whether a call of a recognised client was made within another one.</summary>
    internal bool HasModelLayers { get; set; }

    internal bool IsComplete => OpenSteps(Volatile.Read(ref _steps)) == 0;

    /// <summary>The number of steps, including the root.</summary>
    internal int StepCount => (int)(Volatile.Read(ref _steps) >> 32);

    /// <summary>The captured argument of the parameter with <see cref="RagContextAttribute"/>.</summary>
    internal object? Context { get; set; }

    /// <summary>The captured argument of the parameter with <see cref="RagQuestionAttribute"/>.</summary>
    internal object? Question { get; set; }

    /// <summary>An estimate of the memory that the trace holds, in bytes. Updated as values are captured.</summary>
    internal long EstimatedBytes => ((long)StepCount * BytesOfStep) + Math.Max(0, Interlocked.Read(ref _capturedBytes));

    internal ValueCapture Capture => _owner.Capture;

    ValueCapture ICaptureOwner.Capture => Capture;

    internal KeyValuePair<string, object?>[] CapturedMetadata => _metadata?.Captured ?? [];

    private CapturedDictionary MetadataValues => _metadata ?? Interlocked.CompareExchange(ref _metadata, new(this), null) ?? _metadata;

    void ICaptureOwner.AddEstimatedBytes(long bytes) => AddEstimatedBytes(bytes);

    internal void AddEstimatedBytes(long bytes)
    {
        if (bytes != 0)
        {
            Interlocked.Add(ref _capturedBytes, bytes);
        }
    }

    internal void SetCapturedColumn(string name, object? captured) => MetadataValues.SetCaptured(name, captured);

    internal long Now() => _owner.Clock.GetTimestamp();

    internal TimeSpan Elapsed(long from, long to) => _owner.Clock.GetElapsedTime(from, to);

    /// <summary>The wall-clock time of a monotonic timestamp. The wall clock is read once per trace, so that steps never run backwards.</summary>
    internal DateTimeOffset WallClock(long timestamp) => _wallClockStart + Elapsed(_startTimestamp, timestamp);

    /// <summary>Counts a new open step. Returns false if the trace is already complete.</summary>
    internal bool TryOpenStep()
    {
        long steps;
        do
        {
            steps = Volatile.Read(ref _steps);
            if (OpenSteps(steps) == 0)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _steps, steps + OneOpened, steps) != steps);

        return true;
    }

    internal void StepEnded()
    {
        if (OpenSteps(Interlocked.Decrement(ref _steps)) == 0 && IsRecorded)
        {
            _owner.Complete(this);
        }
    }

    private static int OpenSteps(long steps) => (int)steps;
}
