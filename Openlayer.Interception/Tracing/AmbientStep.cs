using System.Diagnostics;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// The context of the step that the calling code runs under. It flows with the execution context, like an <see cref="AsyncLocal{T}"/>.
/// Thread-safe.
/// </summary>
internal sealed class AmbientStep : ITraceSuppressor
{
    private readonly AsyncLocal<StepContext?> _current = new();

    // The contexts of scopes that were disposed before an inner one, and what leaving the inner one restores instead. Rarely used.
    private readonly ConditionalWeakTable<StepContext, Replacement> _replacements = [];
    private volatile bool _hasReplacements;

    /// <summary>
    /// Suppresses the flow of the execution context, so that a loop or timer that starts now does not keep the caller's state alive. Undo it
    /// in the same method. Null if the flow is suppressed already.
    /// </summary>
    public static AsyncFlowControl? SuppressFlow() => ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();

    public StepContext? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>
    /// Makes a step the ambient one, and its span, if it has one, the current activity. Leave in the same method, on the same thread.
    /// </summary>
    /// <param name="context">The step's context.</param>
    /// <param name="previous">The current context, which leaving restores.</param>
    public Switch Enter(StepContext context, StepContext? previous)
    {
        var outer = ExecutionContext.Capture();
        _current.Value = context;
        if (context.Span is not { } span)
        {
            return new(outer, ExecutionContext.Capture(), previous, activity: null);
        }

        var activity = Activity.Current;
        Activity.Current = span;
        return new(outer, ExecutionContext.Capture(), previous, activity);
    }

    /// <summary>Makes a new step the ambient one, and starts its span. Leave in the same method, on the same thread.</summary>
    /// <param name="step">The step.</param>
    /// <param name="previous">The current context, which leaving restores.</param>
    /// <param name="telemetry">Starts the span.</param>
    public Switch Enter(Step step, StepContext? previous, IStepTelemetry telemetry)
    {
        var outer = ExecutionContext.Capture();
        var activity = Activity.Current;
        _current.Value = step.Context;
        telemetry.Started(step, previous?.ContinuedSpan ?? default);
        return new(outer, ExecutionContext.Capture(), previous, activity);
    }

    /// <summary>Restores the previous ambient step. Other values written to the execution context since then are kept.</summary>
    public void Leave(in Switch entered)
    {
        if (entered.IsNothing)
        {
            return;
        }

        // If nothing else was written, the whole context can be restored. There is no context while its flow is suppressed.
        if (entered.Outer is { } outer && ReferenceEquals(ExecutionContext.Capture(), entered.Inner))
        {
            ExecutionContext.Restore(outer);
            if (_hasReplacements && Replaced(entered.Previous) is var replaced && !ReferenceEquals(replaced, entered.Previous))
            {
                _current.Value = replaced;
            }
        }
        else
        {
            LeaveSpan(_current.Value, entered.Activity);
            _current.Value = Replaced(entered.Previous);
        }
    }

    /// <summary>
    /// Leaves a scope that can be disposed anywhere. If an inner scope is still open, its step stays the ambient one, and disposing it
    /// restores <paramref name="previous"/>.
    /// </summary>
    public void LeaveScope(StepContext context, StepContext? previous)
    {
        if (ReferenceEquals(_current.Value, context))
        {
            LeaveSpan(context, context.Step?.Span?.Parent);
            _current.Value = Replaced(previous);
        }
        else if (!ReferenceEquals(context, previous))
        {
            _replacements.AddOrUpdate(context, new Replacement(previous));
            _hasReplacements = true;
        }
    }

    /// <summary>Restores the activity that was current before another one. An activity that code has made current since then stays.</summary>
    public static void LeaveActivity(Activity entered, Activity? previous)
    {
        if (ReferenceEquals(Activity.Current, entered))
        {
            // A stopped activity, which work that outlives it has, cannot be made current.
            Activity.Current = previous is { IsStopped: true } ? null : previous;
        }
    }

    public SuppressionScope Suppress()
    {
        // There is no context to return to while its flow is suppressed.
        var current = _current.Value;
        var previous = ExecutionContext.Capture() ?? (object?)current;
        if (current is not { IsSuppressed: true })
        {
            _current.Value = StepContext.Suppressed();
        }

        return new SuppressionScope(this, previous);
    }

    public void Restore(object? previous)
    {
        var suppressed = _current.Value;

        // Restores the whole context, because a write to an AsyncLocal in a captured getter must not reach the caller.
        if (previous is ExecutionContext context)
        {
            ExecutionContext.Restore(context);
        }
        else
        {
            _current.Value = (StepContext?)previous;
        }

        // An outer suppression continues.
        if (!ReferenceEquals(_current.Value, suppressed))
        {
            suppressed?.EndSuppression();
        }
    }

    private static void LeaveSpan(StepContext? context, Activity? previous)
    {
        if (context?.Step?.Span is { } span)
        {
            LeaveActivity(span, previous);
        }
    }

    private StepContext? Replaced(StepContext? context)
    {
        while (_hasReplacements && context is not null && _replacements.TryGetValue(context, out var replacement))
        {
            context = replacement.Previous;
        }

        return context;
    }

    /// <summary>The state that <see cref="Leave"/> restores.</summary>
    public readonly struct Switch(ExecutionContext? outer, ExecutionContext? inner, StepContext? previous, Activity? activity)
    {
        public readonly ExecutionContext? Outer = outer;
        public readonly ExecutionContext? Inner = inner;
        public readonly StepContext? Previous = previous;

        /// <summary>The activity that was current, if the step has a span.</summary>
        public readonly Activity? Activity = activity;

        /// <summary>Whether the step was ambient already, so that entering changed nothing.</summary>
        public bool IsNothing => Outer is not null && ReferenceEquals(Outer, Inner);
    }

    private sealed class Replacement(StepContext? previous)
    {
        public StepContext? Previous { get; } = previous;
    }
}
