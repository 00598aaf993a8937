using System.Diagnostics;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// Opens the steps and traces of one tracer, for calls, streams and <see cref="OpenlayerTracer.StartStep"/> alike. Thread-safe.
/// </summary>
internal sealed class StepSource
{
    private readonly OpenlayerSettings _settings;
    private readonly TraceOwner _traces;
    private readonly TraceOwner _unrecordedTraces;
    private readonly TraceOwner _standInTraces;
    private readonly AsyncLocal<Session?> _session = new();
    private readonly IStepTelemetry _telemetry;
    private volatile bool _isClosed;

    /// <param name="settings">The tracer's settings.</param>
    /// <param name="ambient">The ambient step.</param>
    /// <param name="open">Registers the open traces.</param>
    /// <param name="sink">Receives the traces when they are complete.</param>
    /// <param name="telemetry">Observes the steps.</param>
    /// <param name="log">The library's log.</param>
    public StepSource(OpenlayerSettings settings, AmbientStep ambient, OpenTraces open, ITraceSink sink, IStepTelemetry telemetry, InternalLog log)
    {
        _settings = settings;
        Ambient = ambient;
        Log = log;
        Capture = new ValueCapture(settings.Capture, ambient, settings.TimeProvider, log);
        if (settings.Enabled)
        {
            CaptureWarmUp.Start();
        }

        OpenTraces = open;
        _telemetry = telemetry;
        _traces = new TraceOwner(settings.TimeProvider, Capture, settings, open, sink, telemetry, log);
        _unrecordedTraces = new TraceOwner(settings.TimeProvider, Capture, settings, open: null, sink: null, telemetry: null, log);
        _standInTraces = new TraceOwner(TimeProvider.System, Capture, settings, open: null, sink: null, telemetry: null, log);
    }

    public AmbientStep Ambient { get; }

    public ValueCapture Capture { get; }

    public InternalLog Log { get; }

    public OpenlayerSettings Settings => _settings;

    public TimeProvider TimeProvider => _settings.TimeProvider;

    /// <summary>Whether calls are traced now.</summary>
    public bool IsEnabled => _settings.Enabled && !_isClosed;

    public OpenTraces OpenTraces { get; }

    /// <summary>The user and session of traces opened in the calling context.</summary>
    public Session? Session
    {
        get => _session.Value;
        set => _session.Value = value;
    }

    /// <summary>Stops tracing calls, and publishes the traces that are open.</summary>
    public void Close()
    {
        _isClosed = true;
        OpenTraces.PublishAll();
    }

    /// <summary>Whether a step that opens in this context would be the root of a trace.</summary>
    public static bool IsOutsideTraces(StepContext? context) => context is null || context is { IsSuppressed: false, Step: not { Trace.IsComplete: false } };

    /// <summary>
    /// Opens a step in the trace of the calling context; outside any open trace, as the root of a new one. Returns the context to run the
    /// step's code in.
    /// </summary>
    /// <param name="parent">The calling context.</param>
    /// <param name="name">The step's name.</param>
    /// <param name="type">The step's type.</param>
    /// <param name="isCall">Whether the step is a call of a traced function.</param>
    /// <param name="step">The step. Null if it is not recorded.</param>
    /// <returns>
    /// The step's context. If the step is not recorded: <paramref name="parent"/>, or, for a root that is not sampled, a suppressed context
    /// of its own, whose suppression the caller must end with the root.
    /// </returns>
    public StepContext Open(StepContext? parent, string name, StepType type, bool isCall, out Step? step)
    {
        step = null;
        TraceOrigin? origin = null;
        if (parent?.Step is { } parentStep)
        {
            var trace = parentStep.Trace;
            switch (trace.OpenStep())
            {
                case StepOpening.Opened:
                    step = Create(trace, parentStep, name, type, isCall);
                    return step.Context;
                case StepOpening.Omitted:
                    return parent;
                default:
                    origin = trace.Origin;
                    break;
            }
        }
        else if (parent is { IsSuppressed: true })
        {
            return parent;
        }
        else
        {
            origin = parent?.Origin;
        }

        var isSampled = IsAccepted(name, type) && IsSampled();
        if (!isSampled && !_settings.KeepFailures)
        {
            return StepContext.Suppressed();
        }

        step = OpenTrace(name, type, isCall, isSampled, origin, parent?.ContinuedSpan ?? default).Root;
        return step.Context;
    }

    /// <summary>Makes a new step the ambient one while its call runs. Leave in the same method, on the same thread.</summary>
    /// <param name="context">The context that the call's code runs in.</param>
    /// <param name="step">The step. Null if it is not recorded.</param>
    /// <param name="previous">The current context, which leaving restores.</param>
    public AmbientStep.Switch Enter(StepContext context, Step? step, StepContext? previous) =>
        step is not null && _telemetry.IsObserved ? Ambient.Enter(step, previous, _telemetry) : Ambient.Enter(context, previous);

    /// <summary>Makes a new step the ambient one until <see cref="AmbientStep.LeaveScope"/>.</summary>
    /// <param name="context">The context that the scope's code runs in.</param>
    /// <param name="step">The step. Null if it is not recorded.</param>
    public void EnterScope(StepContext context, Step? step)
    {
        var continued = Ambient.Current?.ContinuedSpan ?? default;
        Ambient.Current = context;
        if (step is not null && _telemetry.IsObserved)
        {
            _telemetry.Started(step, continued);
        }
    }

    /// <summary>Opens a step that is never published, for callers that need one to write to. Does not throw.</summary>
    public Step OpenUnrecorded(string name, StepType type)
    {
        try
        {
            return new OpenlayerTrace(_unrecordedTraces, new TraceOrigin(session: null), name, type, isCall: false).Root;
        }
        catch (Exception exception)
        {
            // The application's clock failed.
            Log.Report(TracingEvents.StepNotOpened, exception);
            return new OpenlayerTrace(_standInTraces, new TraceOrigin(session: null), name, type, isCall: false).Root;
        }
    }

    private static Step Create(OpenlayerTrace trace, Step parent, string name, StepType type, bool isCall)
    {
        try
        {
            return Step.Create(trace, parent, name, type, isCall);
        }
        catch
        {
            // The trace must not wait for a step that does not exist.
            trace.StepEnded();
            throw;
        }
    }

    /// <param name="name">The root's name.</param>
    /// <param name="type">The root's type.</param>
    /// <param name="isCall">Whether the root is a call of a traced function.</param>
    /// <param name="isSampled">Whether the trace is published even if it does not fail.</param>
    /// <param name="origin">The trace that started the work, if there is one.</param>
    /// <param name="continued">The span that the work continues from. The default value for none.</param>
    private OpenlayerTrace OpenTrace(string name, StepType type, bool isCall, bool isSampled, TraceOrigin? origin, in ActivityContext continued)
    {
        var ids = new TraceOrigin(_session.Value) { IsPublishedOnlyIfFailed = !isSampled, Activity = ActivityIds.OfCurrent(continued) };
        var trace = new OpenlayerTrace(_traces, ids, name, type, isCall);
        if (origin is not null)
        {
            trace.UserId ??= origin.UserId;
            trace.SessionId ??= origin.SessionId;
            trace.InferencePipelineId = origin.InferencePipelineId;
            if (origin.IsPublished)
            {
                trace.Root.Metadata["continuedFrom"] = origin.InferenceId ?? origin.RootId;
            }
        }

        return trace;
    }

    private bool IsAccepted(string name, StepType type)
    {
        if (_settings.Sampler is not { } sampler)
        {
            return true;
        }

        try
        {
            using (Ambient.Suppress())
            {
                return sampler(name, type);
            }
        }
        catch (Exception exception)
        {
            Log.Report(TracingEvents.SamplerFailed, exception);
            return true;
        }
    }

    private bool IsSampled() => _settings.SamplingRate switch
    {
        >= 1 => true,
        <= 0 => false,
        var rate => Random.Shared.NextDouble() < rate,
    };
}
