using System.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// The value of the ambient slot. Execution contexts capture it, and timers, tokens and background work keep those contexts after the trace
/// is complete. It therefore releases its step then, and keeps only the ids of the trace. Thread-safe.
/// </summary>
internal sealed class StepContext
{
    /// <summary>The context of code that is never traced: publishers and callbacks, and the work they start.</summary>
    public static readonly StepContext Untraced = new((object)Suppression.Permanent);

    // The step while its trace is open, the TraceOrigin after that. Without a step: the suppression while it lasts, then null. In a context of
    // code that continues from another one, the continuation.
    private object? _state;

    public StepContext(Step step) => _state = step;

    private StepContext(object? state) => _state = state;

    /// <summary>The step. Null if its trace is complete, and in a context without a step.</summary>
    public Step? Step => Volatile.Read(ref _state) is var state && state is Step step ? step : (state as Continuation)?.Step;

    /// <summary>The span of the step, while it runs.</summary>
    public Activity? Span => Step is { Span: { IsStopped: false } span } ? span : null;

    /// <summary>Where the calling work comes from, if its trace is complete.</summary>
    public TraceOrigin? Origin => Volatile.Read(ref _state) is var state && state is TraceOrigin origin ? origin : (state as Continuation)?.Origin;

    /// <summary>The ids of the trace that the code belongs to, or comes from. Null for code outside any.</summary>
    public TraceOrigin? TraceIds => Step?.Trace.Origin ?? Origin;

    /// <summary>Whether calls are not traced.</summary>
    public bool IsSuppressed => Volatile.Read(ref _state) is var state && (state is Suppression || state is Continuation { IsSuppressed: true });

    /// <summary>Creates a context whose calls are not traced until <see cref="EndSuppression"/>.</summary>
    public static StepContext Suppressed() => new((object)Suppression.Temporary);

    /// <summary>The span that the code continues from. The default value for code that does not.</summary>
    public ActivityContext ContinuedSpan => Volatile.Read(ref _state) is Continuation continuation ? continuation.Span : default;

    /// <summary>Creates a context of code that continues from another context.</summary>
    /// <param name="continued">The context.</param>
    /// <param name="span">The span that was current there. The default value for none.</param>
    public static StepContext ContinueFrom(StepContext continued, in ActivityContext span) =>
        new((object)(continued._state is Continuation inner ? new Continuation(inner.Context, inner.Origin, span) : new Continuation(continued, origin: null, span)));

    /// <summary>Creates a context of code that continues from outside this process, or from a complete trace.</summary>
    /// <param name="origin">The trace. Null if it is not one of this library.</param>
    /// <param name="span">The span that was current there. The default value for none.</param>
    public static StepContext ContinueFrom(TraceOrigin? origin, in ActivityContext span) => new((object)new Continuation(context: null, origin, span));

    /// <summary>Ends the suppression. Work that outlives it is sampled again. Does nothing in any other context.</summary>
    public void EndSuppression() => Interlocked.CompareExchange(ref _state, null, Suppression.Temporary);

    /// <summary>Releases the step when its trace is complete.</summary>
    public void Release(TraceOrigin origin) => Volatile.Write(ref _state, origin);

    private sealed class Continuation(StepContext? context, TraceOrigin? origin, ActivityContext span)
    {
        public StepContext? Context => context;

        public TraceOrigin? Origin => origin ?? context?.Origin;

        public Step? Step => context?.Step;

        public bool IsSuppressed => context is { IsSuppressed: true };

        public ActivityContext Span => span;
    }

    private sealed class Suppression
    {
        public static readonly Suppression Permanent = new();
        public static readonly Suppression Temporary = new();
    }
}
