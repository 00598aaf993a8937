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

    // The step while its trace is open, the TraceOrigin after that. Without a step: the suppression while it lasts, then null. The context that
    // is continued from, in a context of code that continues.
    private object? _state;

    public StepContext(Step step) => _state = step;

    private StepContext(object? state) => _state = state;

    /// <summary>The step. Null if its trace is complete, and in a context without a step.</summary>
    public Step? Step => Volatile.Read(ref _state) is var state && state is Step step ? step : (state as StepContext)?.Step;

    /// <summary>The span of the step, while it runs.</summary>
    public Activity? Span => Step is { Span: { IsStopped: false } span } ? span : null;

    /// <summary>Where the calling work comes from, if its trace is complete.</summary>
    public TraceOrigin? Origin => Volatile.Read(ref _state) is var state && state is TraceOrigin origin ? origin : (state as StepContext)?.Origin;

    /// <summary>Whether calls are not traced.</summary>
    public bool IsSuppressed => Volatile.Read(ref _state) is var state && (state is Suppression || state is StepContext { IsSuppressed: true });

    /// <summary>Creates a context whose calls are not traced until <see cref="EndSuppression"/>.</summary>
    public static StepContext Suppressed() => new((object)Suppression.Temporary);

    /// <summary>Creates a context of code that continues from another context.</summary>
    public static StepContext Of(StepContext continued) => new(continued._state as StepContext ?? (object)continued);

    /// <summary>Creates a context of code that continues from a complete trace.</summary>
    public static StepContext Of(TraceOrigin origin) => new((object)origin);

    /// <summary>Ends the suppression. Work that outlives it is sampled again. Does nothing in any other context.</summary>
    public void EndSuppression() => Interlocked.CompareExchange(ref _state, null, Suppression.Temporary);

    /// <summary>Releases the step when its trace is complete.</summary>
    public void Release(TraceOrigin origin) => Volatile.Write(ref _state, origin);

    private sealed class Suppression
    {
        public static readonly Suppression Permanent = new();
        public static readonly Suppression Temporary = new();
    }
}
