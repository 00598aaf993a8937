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
    private readonly AsyncLocal<Session?> _session = new();
    private volatile bool _isClosed;

    /// <param name="settings">The tracer's settings.</param>
    /// <param name="ambient">The ambient step.</param>
    /// <param name="sink">Receives the traces when they are complete.</param>
    /// <param name="log">The library's log.</param>
    public StepSource(OpenlayerSettings settings, AmbientStep ambient, ITraceSink sink, InternalLog log)
    {
        _settings = settings;
        Ambient = ambient;
        Log = log;
        Capture = new ValueCapture(settings.Capture, ambient, settings.TimeProvider);
        _traces = new TraceOwner(settings.TimeProvider, Capture, sink, log);
        _unrecordedTraces = new TraceOwner(settings.TimeProvider, Capture, sink: null, log);
    }

    public AmbientStep Ambient { get; }

    public ValueCapture Capture { get; }

    public InternalLog Log { get; }

    public OpenlayerSettings Settings => _settings;

    public TimeProvider TimeProvider => _settings.TimeProvider;

    /// <summary>Whether calls are traced now.</summary>
    public bool IsEnabled => _settings.Enabled && !_isClosed;

    /// <inheritdoc cref="AmbientStep.SuppressedStep"/>
    public Step SuppressedStep => Ambient.SuppressedStep;

    /// <summary>The user and session of traces opened in the calling context.</summary>
    public Session? Session
    {
        get => _session.Value;
        set => _session.Value = value;
    }

    /// <summary>Stops tracing calls.</summary>
    public void Close() => _isClosed = true;

    /// <summary>
    /// Opens a step under <paramref name="parent"/>, or as the root of a new trace if that is null. Returns <see cref="SuppressedStep"/> if
    /// the step is not recorded.
    /// </summary>
    public Step Open(Step? parent, string name, StepType type, bool isCall)
    {
        if (parent is null)
        {
            return IsSampled() ? OpenTrace(name, type, isCall).Root : SuppressedStep;
        }

        if (!parent.Trace.IsRecorded)
        {
            return SuppressedStep;
        }

        if (parent.Trace.TryOpenStep())
        {
            try
            {
                return Step.Create(parent.Trace, parent, name, type, isCall);
            }
            catch
            {
                // The trace must not wait for a step that does not exist.
                parent.Trace.StepEnded();
                throw;
            }
        }

        // The trace is already complete, and the work continues. It becomes a trace of its own that refers to the first one.
        var trace = OpenTrace(name, type, isCall);
        trace.UserId ??= parent.Trace.UserId;
        trace.SessionId ??= parent.Trace.SessionId;
        trace.Root.Metadata["continuedFrom"] = parent.Trace.InferenceId;
        return trace.Root;
    }

    /// <summary>Opens a step that is never published, for callers that need one to write to.</summary>
    public Step OpenUnrecorded(string name, StepType type) => new OpenlayerTrace(_unrecordedTraces, name, type, isCall: false).Root;

    private OpenlayerTrace OpenTrace(string name, StepType type, bool isCall)
    {
        var session = _session.Value;
        return new OpenlayerTrace(_traces, name, type, isCall) { UserId = session?.UserId, SessionId = session?.SessionId };
    }

    private bool IsSampled() => _settings.SamplingRate switch
    {
        >= 1 => true,
        <= 0 => false,
        var rate => Random.Shared.NextDouble() < rate,
    };
}
