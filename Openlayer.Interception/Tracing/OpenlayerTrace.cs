using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// A trace of one request through the application: a root step and its descendants. It is published as one row when all its steps have
/// ended, or <see cref="OpenlayerOptions.TraceGracePeriod"/> after its root has. Thread-safe.
/// </summary>
public sealed class OpenlayerTrace : ICaptureOwner
{
    // The size of a step without large values. It is about the same in memory and as JSON.
    private const int BytesOfStep = 512;

    private const long OneOpened = (1L << 32) + 1;

    private readonly TraceOwner _owner;
    private readonly long _wallClockStart;
    private readonly long _startTimestamp;
    private CapturedDictionary? _metadata;
    private TraceExtras? _extras;

    // The lower half counts open steps, the upper half all steps. One interlocked operation changes both.
    private long _steps = OneOpened;
    private long _capturedBytes;

    // 0 until the id of a step is needed.
    private long _idHalf;

    internal OpenlayerTrace(TraceOwner owner, TraceOrigin origin, string rootName, StepType rootType, bool isCall)
    {
        _owner = owner;
        _wallClockStart = owner.Clock.GetUtcNow().UtcTicks;
        _startTimestamp = Now();
        Origin = origin;
        Root = Step.Create(this, parent: null, rootName, rootType, isCall);
        Slot = owner.Open(this);
    }

    /// <summary>The outermost step.</summary>
    public Step Root { get; internal set; }

    /// <summary>The row's id at Openlayer. Default: the root step's id. Set it to add feedback or ground truth to the row later.</summary>
    public string InferenceId
    {
        get => Origin.InferenceId ?? Origin.RootId;
        set => Origin.InferenceId = value;
    }

    /// <summary>
    /// The ID of the inference pipeline that receives the row, for an application that serves several tenants. White space around it is ignored.
    /// An ID that is empty, is <c>.</c> or <c>..</c>, or has slashes or control characters is logged, and the row is not sent. Default: that of
    /// the trace which this one continues, otherwise null, which means <see cref="OpenlayerOptions.InferencePipelineId"/>.
    /// </summary>
    public string? InferencePipelineId
    {
        get => Origin.InferencePipelineId;
        set => Origin.InferencePipelineId = value;
    }

    /// <summary>Additional columns of the row, by name. Reserved names (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) are not written.</summary>
    public IDictionary<string, object?> Metadata => MetadataValues;

    /// <summary>The id of the user who made the request. Default: the user of <see cref="OpenlayerTracer.BeginSession"/>, otherwise null.</summary>
    public string? UserId
    {
        get => Origin.UserId;
        set => Origin.UserId = Capture.CaptureName(value);
    }

    /// <summary>The id of the session of the request. Default: the session of <see cref="OpenlayerTracer.BeginSession"/>, otherwise null.</summary>
    public string? SessionId
    {
        get => Origin.SessionId;
        set => Origin.SessionId = Capture.CaptureName(value);
    }

    /// <summary>
    /// The passages that the answer is based on, for tests of retrieval. Setting it captures a snapshot. Default: the argument of the
    /// parameter with <see cref="RagContextAttribute"/>, otherwise null.
    /// </summary>
    public object? Context
    {
        get => CapturedDictionary.ToPublicValue(CapturedContext);
        set => CapturedContext = Capture.Capture(value);
    }

    /// <summary>
    /// The user's question, for tests of retrieval. Setting it captures a snapshot. Default: the argument of the parameter with
    /// <see cref="RagQuestionAttribute"/>, otherwise null.
    /// </summary>
    public object? Question
    {
        get => CapturedDictionary.ToPublicValue(CapturedQuestion);
        set => CapturedQuestion = Capture.Capture(value);
    }

    /// <summary>Called instead of <see cref="OpenlayerOptions.OnFlushFailure"/> if this trace's row fails. Default: null.</summary>
    public Action<FlushFailure>? OnFlushFailure
    {
        get => _extras?.OnFlushFailure;
        set => Extras.OnFlushFailure = value;
    }

    /// <summary>The ids, which outlive the trace in execution contexts.</summary>
    internal TraceOrigin Origin { get; }

    /// <summary>The trace's place among the open ones.</summary>
    internal int Slot { get; set; }

    internal TraceExtras Extras => _extras ?? Interlocked.CompareExchange(ref _extras, new(), null) ?? _extras;

    /// <summary>Whether the trace is published. If not, it only provides a step that callers can write to.</summary>
    internal bool IsRecorded => _owner.IsRecording;

    /// <summary>Whether a call of a recognised client was made within another one.</summary>
    internal bool HasModelLayers { get; set; }

    /// <summary>Whether the trace is published only if there is a traced call in it: its root is a loop of a client that may not be traced.</summary>
    internal bool IsTentative { get; set; }

    /// <summary>Whether the tokens and the cost of the row are the sums over the requests in it.</summary>
    internal bool SumsUsage => _owner.SumsUsage;

    internal bool IsComplete => OpenSteps(Volatile.Read(ref _steps)) == 0;

    /// <summary>The number of steps, including the root.</summary>
    internal int StepCount => (int)(Volatile.Read(ref _steps) >> 32);

    /// <summary>The half that the random ids of the steps below the root have in common.</summary>
    internal long IdHalf => StepId.Half(ref _idHalf);

    internal object? CapturedContext
    {
        get => _extras?.Context;
        set
        {
            if (TryAddBytes(CapturedSize.Of(value)))
            {
                Extras.Context = value;
            }
        }
    }

    internal object? CapturedQuestion
    {
        get => _extras?.Question;
        set
        {
            if (TryAddBytes(CapturedSize.Of(value)))
            {
                Extras.Question = value;
            }
        }
    }

    /// <summary>An estimate of the memory that the trace holds, in bytes. Updated as values are captured.</summary>
    internal long EstimatedBytes => ((long)StepCount * BytesOfStep) + Math.Max(0, Interlocked.Read(ref _capturedBytes));

    /// <summary>Observes the steps. Null for a trace that is never published.</summary>
    internal IStepTelemetry? Telemetry => _owner.Telemetry;

    internal ValueCapture Capture => _owner.Capture;

    ValueCapture ICaptureOwner.Capture => Capture;

    internal KeyValuePair<string, object?>[] CapturedMetadata => _metadata?.Captured ?? [];

    private CapturedDictionary MetadataValues => _metadata ?? Interlocked.CompareExchange(ref _metadata, new(this), null) ?? _metadata;

    bool ICaptureOwner.TryAddBytes(long bytes) => TryAddBytes(bytes);

    /// <summary>Counts the bytes of a captured value. Returns false if the trace has no room for it; the value is then left out.</summary>
    /// <param name="bytes">Negative for a value that is removed.</param>
    internal bool TryAddBytes(long bytes)
    {
        if (bytes > 0 && EstimatedBytes + bytes > _owner.MaxBytes)
        {
            Extras.OmitValue();
            return false;
        }

        if (bytes != 0)
        {
            Interlocked.Add(ref _capturedBytes, bytes);
        }

        return true;
    }

    internal void SetCapturedColumn(string name, object? captured) => MetadataValues.SetCaptured(name, captured);

    internal long Now() => _owner.Clock.GetTimestamp();

    internal TimeSpan Elapsed(long from, long to) => _owner.Clock.GetElapsedTime(from, to);

    /// <summary>The wall-clock time of a monotonic timestamp. The wall clock is read once per trace, so that steps never run backwards.</summary>
    internal DateTimeOffset WallClock(long timestamp) =>
        new DateTimeOffset(_wallClockStart, TimeSpan.Zero) + Elapsed(_startTimestamp, timestamp);

    /// <summary>Counts a new open step, if the trace is open and has room for it.</summary>
    internal StepOpening OpenStep()
    {
        long steps;
        do
        {
            steps = Volatile.Read(ref _steps);
            if (OpenSteps(steps) == 0)
            {
                return StepOpening.Complete;
            }

            var count = steps >> 32;
            if (count >= _owner.MaxSteps || (count * BytesOfStep) + Volatile.Read(ref _capturedBytes) >= _owner.MaxBytes)
            {
                Extras.OmitStep();
                return StepOpening.Omitted;
            }
        }
        while (Interlocked.CompareExchange(ref _steps, steps + OneOpened, steps) != steps);

        return StepOpening.Opened;
    }

    internal void StepEnded()
    {
        if (OpenSteps(Interlocked.Decrement(ref _steps)) == 0 && IsRecorded)
        {
            _owner.Complete(this);
        }
    }

    /// <summary>What is to be uploaded of the trace, as far as it has been collected.</summary>
    internal HeldAttachment[] HeldAttachments => _extras?.Held ?? [];

    /// <summary>Collects what is to be uploaded of the values captured so far. Does nothing if nothing is uploaded.</summary>
    internal void CollectAttachments()
    {
        if (!Capture.Attachments.Settings.Upload)
        {
            return;
        }

        foreach (var step in Root.SelfAndDescendants())
        {
            step.CollectAttachments(Extras);
        }

        Extras.AddHeld(CapturedContext);
        Extras.AddHeld(CapturedQuestion);
        foreach (var (_, captured) in CapturedMetadata)
        {
            Extras.AddHeld(captured);
        }
    }

    /// <summary>Releases what was to be uploaded: the trace is not sent.</summary>
    internal void ReleaseAttachments()
    {
        foreach (var held in HeldAttachments)
        {
            held.Release();
        }
    }

    /// <summary>Adds an output that is not known yet.</summary>
    internal void Add(IPendingOutput output) => Extras.Add(output);

    /// <summary>Records the outputs that have become known.</summary>
    internal void RecordPending() => _extras?.RecordPending();

    /// <summary>Notes on the root what the trace had no room for.</summary>
    internal void NoteOmissions()
    {
        if (_extras is { OmittedSteps: > 0 and var steps })
        {
            Root.Note("omittedSteps", steps);
        }

        if (_extras is { OmittedValues: > 0 and var values })
        {
            Root.Note("omittedValues", values);
        }
    }

    private static int OpenSteps(long steps) => (int)steps;
}
