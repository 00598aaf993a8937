using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// The step that the calling code runs under. It flows with the execution context, like an <see cref="AsyncLocal{T}"/>. Thread-safe.
/// </summary>
internal sealed class AmbientStep : ITraceSuppressor
{
    private readonly AsyncLocal<Step?> _current = new();

    /// <param name="unpublished">The owner of the suppressed step's trace, which is never published.</param>
    public AmbientStep(TraceOwner unpublished) =>
        SuppressedStep = new OpenlayerTrace(unpublished, "suppressed", StepType.UserCall, isCall: false).Root;

    /// <summary>The ambient step of code that is not traced: under a root that is not sampled, and in code that a capture runs.</summary>
    public Step SuppressedStep { get; }

    public Step? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Makes a step the ambient one. Leave in the same method, on the same thread.</summary>
    /// <param name="step">The step.</param>
    /// <param name="previous">The current ambient step, which leaving restores.</param>
    public Switch Enter(Step step, Step? previous)
    {
        var outer = ExecutionContext.Capture();
        _current.Value = step;
        return new(outer, ExecutionContext.Capture(), previous);
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
        }
        else
        {
            _current.Value = entered.Previous;
        }
    }

    public SuppressionScope Suppress()
    {
        // There is no context to return to while its flow is suppressed.
        var previous = ExecutionContext.Capture() ?? (object?)_current.Value;
        _current.Value = SuppressedStep;
        return new SuppressionScope(this, previous);
    }

    public void Restore(object? previous)
    {
        // Restores the whole context, because a write to an AsyncLocal in a captured getter must not reach the caller.
        if (previous is ExecutionContext context)
        {
            ExecutionContext.Restore(context);
        }
        else
        {
            _current.Value = (Step?)previous;
        }
    }

    /// <summary>The state that <see cref="Leave"/> restores.</summary>
    public readonly struct Switch(ExecutionContext? outer, ExecutionContext? inner, Step? previous)
    {
        public readonly ExecutionContext? Outer = outer;
        public readonly ExecutionContext? Inner = inner;
        public readonly Step? Previous = previous;

        /// <summary>Whether the step was ambient already, so that entering changed nothing.</summary>
        public bool IsNothing => Outer is not null && ReferenceEquals(Outer, Inner);
    }
}
