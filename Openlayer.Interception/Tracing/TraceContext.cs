using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Where code runs: its step, and the user and session. Captured by <see cref="OpenlayerTracer.CaptureContext"/>, and continued from by
/// <see cref="OpenlayerTracer.ContinueFrom"/> on another thread or in another process. The default value is the context of code outside any
/// trace and session. A complete trace is not kept alive. Immutable and thread-safe. Its members do not throw.
/// </summary>
public readonly struct TraceContext : IEquatable<TraceContext>
{
    private readonly StepContext? _step;
    private readonly TraceOrigin? _origin;
    private readonly Session? _session;
    private readonly AmbientStep? _tracer;
    private readonly ulong _spanId;

    private TraceContext(AmbientStep? tracer, StepContext? step, TraceOrigin? origin, Session? session, ulong spanId)
    {
        _tracer = tracer;
        _step = step;
        _origin = origin;
        _session = session;
        _spanId = spanId;
    }

    /// <summary>
    /// The trace and step as a W3C <c>traceparent</c> header. The trace's id there is that of its root step. Null outside any trace, and if the
    /// trace is not sampled.
    /// </summary>
    public string? TraceParent => _origin is not { IsPublished: true } ? null : TraceParentHeader.Write(_origin.RootStepId, _spanId);

    /// <summary>
    /// The user, the session, and the <see cref="OpenlayerTrace.InferenceId"/> and <see cref="OpenlayerTrace.InferencePipelineId"/> that were set,
    /// as a W3C <c>baggage</c> header of at most 8,192 characters, as they are when the property is read. Values that take more than 1,900
    /// characters, and those with control characters, are left out. Null if there is nothing to carry. Send it to services of your own only: it
    /// identifies the user.
    /// </summary>
    public string? Baggage => BaggageHeader.Write(UserAndSession, _origin);

    /// <summary>The user and session of the trace, if it has any; otherwise those of the code that captured the context.</summary>
    internal (string? UserId, string? SessionId) UserAndSession =>
        _origin is { UserId: not null } or { SessionId: not null } ? (_origin.UserId, _origin.SessionId) : (_session?.UserId, _session?.SessionId);

    /// <summary>
    /// Reads a context from the headers that <see cref="TraceParent"/> and <see cref="Baggage"/> wrote in another process. A header that is
    /// malformed is ignored, as is other baggage. Read only headers of callers that you trust: they name the user.
    /// </summary>
    /// <param name="traceParent">The header <c>traceparent</c>. Null for none.</param>
    /// <param name="baggage">The header <c>baggage</c>. Null for none.</param>
    /// <param name="context">The context. Work that continues from it opens traces of its own. The default value if the headers have none.</param>
    /// <returns>Whether the headers have a context.</returns>
    public static bool TryParse(string? traceParent, string? baggage, out TraceContext context)
    {
        var carried = BaggageHeader.Read(baggage ?? "");
        var session = carried is { UserId: null, SessionId: null } ? null : new Session(carried.UserId, carried.SessionId);
        var origin = TraceParentHeader.TryRead(traceParent ?? "", out var rootStepId, out var spanId)
            ? new TraceOrigin(session, rootStepId) { InferenceId = carried.InferenceId, InferencePipelineId = carried.PipelineId }
            : null;
        context = new TraceContext(tracer: null, step: null, origin, session, spanId);
        return origin is not null || session is not null;
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
        var origin = step?.Trace.Origin ?? context?.Origin;
        return new TraceContext(
            steps.Ambient, step is null && origin is null && context is not { IsSuppressed: true } ? null : context, origin, Session.Current(steps.Session), TraceParentHeader.SpanIdOf(step?.Id ?? origin?.RootStepId));
    }

    /// <summary>The context for code of a tracer that continues from this one. Null if that is the code's own.</summary>
    internal StepContext? ContextFor(AmbientStep tracer) =>
        _step is not null && ReferenceEquals(_tracer, tracer) ? StepContext.Of(_step)
        : _origin is not null ? StepContext.Of(_origin)
        : null;
}
