using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// One request through the application: a root step and all that is under it, published as one row once the root has ended and no step
/// in it is open. Thread-safe.
/// </summary>
public sealed class OpenlayerTrace : ICaptureOwner
{
    // The size of a step without its large values, in memory and about the same as JSON.
    private const int BytesOfStep = 512;

    private const long OneOpened = (1L << 32) + 1;

    private readonly TraceOwner _owner;
    private readonly DateTimeOffset _wallClockStart;
    private readonly long _startTimestamp;
    private CapturedDictionary? _metadata;
    private string? _inferenceId;

    // The number of open steps, and in the upper half the number of all steps: one interlocked operation counts both.
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

    /// <summary>The row's id at Openlayer. Default: the root step's id. Set it to find the row again, to add feedback or ground truth later.</summary>
    public string InferenceId
    {
        get => _inferenceId ?? Root.Id;
        set => _inferenceId = value;
    }

    /// <summary>Columns of the row, by name. A name that the row reserves (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) is not written.</summary>
    public IDictionary<string, object?> Metadata => MetadataValues;

    /// <summary>The user who made the request. Default: what <see cref="OpenlayerTracer.BeginSession"/> set, else null.</summary>
    public string? UserId { get; set; }

    /// <summary>The conversation the request belongs to. Default: what <see cref="OpenlayerTracer.BeginSession"/> set, else null.</summary>
    public string? SessionId { get; set; }

    /// <summary>Called in place of <see cref="OpenlayerOptions.OnFlushFailure"/> when this trace's row is given up. Default: null.</summary>
    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>False for a trace that is opened only so that there is a step to write to: it is never published.</summary>
    internal bool IsRecorded => _owner.IsRecording;

    /// <summary>Whether a recognised client's call was made under another one.</summary>
    internal bool HasModelLayers { get; set; }

    internal bool IsComplete => OpenSteps(Volatile.Read(ref _steps)) == 0;

    /// <summary>How many steps it has, its root included.</summary>
    internal int StepCount => (int)(Volatile.Read(ref _steps) >> 32);

    /// <summary>What <see cref="RagContextAttribute"/> marked, captured.</summary>
    internal object? Context { get; set; }

    /// <summary>What <see cref="RagQuestionAttribute"/> marked, captured.</summary>
    internal object? Question { get; set; }

    /// <summary>About how many bytes of memory the trace holds. Added up as values are captured.</summary>
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

    /// <summary>The wall-clock time of a monotonic timestamp: one reading of the wall clock a trace, so that its steps never run backwards.</summary>
    internal DateTimeOffset WallClock(long timestamp) => _wallClockStart + Elapsed(_startTimestamp, timestamp);

    /// <summary>Counts one more open step, unless the trace is complete already.</summary>
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
