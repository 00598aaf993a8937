using System.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Where code runs: its step, its <see cref="Activity"/>, and the user and session. Captured by <see cref="OpenlayerTracer.CaptureContext"/>,
/// and continued from by <see cref="OpenlayerTracer.ContinueFrom"/> on another thread or in another process. The default value is the context
/// of code outside any trace, activity and session. A complete trace is not kept alive. Immutable and thread-safe. Its members do not throw.
/// </summary>
public readonly struct TraceContext : IEquatable<TraceContext>
{
    private readonly StepContext? _step;
    private readonly TraceOrigin? _origin;
    private readonly Session? _session;
    private readonly AmbientStep? _tracer;
    private readonly Activity? _activity;
    private readonly ActivityContext _span;

    // Whether the span stands for the step, so that there is none if the trace is not published.
    private readonly bool _isOfTrace;

    private TraceContext(
        AmbientStep? tracer, StepContext? step, TraceOrigin? origin, Session? session, Activity? activity, in ActivityContext span, bool isOfTrace)
    {
        _tracer = tracer;
        _step = step;
        _origin = origin;
        _session = session;
        _activity = activity;
        _span = span;
        _isOfTrace = isOfTrace;
    }

    /// <summary>
    /// The <see cref="Activity"/> that the code ran in as a W3C <c>traceparent</c> header. Outside any W3C activity, the trace and step: their
    /// ids there are made of the root step's id and the step's id. Null outside any activity and trace, and for a trace that is not sampled
    /// outside any activity.
    /// </summary>
    public string? TraceParent => HasSpan && (!_isOfTrace || _origin!.IsPublished) ? TraceParentHeader.Write(_span) : null;

    /// <summary>
    /// The user, the session, and the trace's <see cref="OpenlayerTrace.InferenceId"/> and <see cref="OpenlayerTrace.InferencePipelineId"/> as a
    /// W3C <c>baggage</c> header of at most 8,192 characters, as they are when the property is read. Values that take more than 1,900 characters,
    /// and those with control characters, are left out. Null if there is nothing to carry. Send it to services of your own only: it identifies
    /// the user.
    /// </summary>
    public string? Baggage => BaggageHeader.Write(UserAndSession, _origin);

    /// <summary>The user and session of the trace, if it has any; otherwise those of the code that captured the context.</summary>
    internal (string? UserId, string? SessionId) UserAndSession =>
        _origin is { UserId: not null } or { SessionId: not null } ? (_origin.UserId, _origin.SessionId) : (_session?.UserId, _session?.SessionId);

    /// <summary>The activity that the code ran in. Null if there was none, if it has stopped, and if the context was read from headers.</summary>
    internal Activity? Activity => _activity is { IsStopped: false } ? _activity : null;

    private bool HasSpan => _span.TraceId != default;

    /// <summary>
    /// Reads a context from the headers that <see cref="TraceParent"/> and <see cref="Baggage"/> wrote in another process, or from a
    /// <c>traceparent</c> of another library. A header that is malformed is ignored, as is other baggage. Read only headers of callers that
    /// you trust: they name the user.
    /// </summary>
    /// <param name="traceParent">The header <c>traceparent</c>. Null for none.</param>
    /// <param name="baggage">The header <c>baggage</c>. Null for none.</param>
    /// <param name="context">The context. Work that continues from it opens traces of its own. The default value if the headers have none.</param>
    /// <returns>Whether the headers have a context.</returns>
    public static bool TryParse(string? traceParent, string? baggage, out TraceContext context)
    {
        var carried = BaggageHeader.Read(baggage ?? "");
        var session = carried is { UserId: null, SessionId: null } ? null : new Session(carried.UserId, carried.SessionId);
        var hasSpan = TraceParentHeader.TryRead(traceParent ?? "", out var span);

        // The baggage says whether there is a row to refer to.
        var origin = hasSpan && (carried.InferenceId ?? carried.PipelineId) is not null
            ? new TraceOrigin(session)
            {
                InferenceId = carried.InferenceId,
                InferencePipelineId = carried.PipelineId,
                IsPublishedOnlyIfFailed = carried.InferenceId is null,
            }
            : null;
        context = new TraceContext(tracer: null, step: null, origin, session, activity: null, span, isOfTrace: false);
        return hasSpan || session is not null;
    }

    /// <summary>Whether two contexts are the same.</summary>
    public static bool operator ==(TraceContext left, TraceContext right) => left.Equals(right);

    /// <summary>Whether two contexts differ.</summary>
    public static bool operator !=(TraceContext left, TraceContext right) => !left.Equals(right);

    /// <summary>Whether the contexts have the same headers.</summary>
    public bool Equals(TraceContext other) => TraceParent == other.TraceParent && Baggage == other.Baggage;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TraceContext other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(TraceParent, Baggage);

    /// <summary>Returns <see cref="TraceParent"/>, or an empty text.</summary>
    public override string ToString() => TraceParent ?? "";

    internal static TraceContext Capture(StepSource steps)
    {
        var context = steps.Ambient.Current;
        var step = context?.Step;
        var origin = context?.TraceIds;
        var activity = Activity.Current is { IsStopped: false, IdFormat: ActivityIdFormat.W3C } current ? current : context?.Span;
        var continued = step is null ? context?.ContinuedSpan ?? default : default;
        var isOfTrace = activity is null && continued == default && origin is not null;
        var span = isOfTrace ? SpanOf(origin!, step) : activity?.Context ?? continued;
        var hasStep = step is not null || origin is not null || context is { IsSuppressed: true };
        return new TraceContext(steps.Ambient, hasStep ? context : null, origin, Session.Current(steps.Session), activity, span, isOfTrace);
    }

    /// <summary>The context for code of a tracer that continues from this one. Null if that is the code's own.</summary>
    internal StepContext? ContextFor(AmbientStep tracer) =>
        _step is not null && ReferenceEquals(_tracer, tracer) ? StepContext.ContinueFrom(_step, _span)
        : _origin is not null || HasSpan ? StepContext.ContinueFrom(_origin, _span)
        : null;

    private static ActivityContext SpanOf(TraceOrigin origin, Step? step)
    {
        var ids = origin.ShareIds();
        return new ActivityContext(
            ActivityTraceId.CreateFromString(ids.TraceId),
            ActivitySpanId.CreateFromString(ids.SpanId ?? ActivityIds.SpanIdOf(step?.Id ?? origin.RootStepId)),
            ActivityTraceFlags.Recorded);
    }
}
