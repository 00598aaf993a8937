namespace Openlayer.Interception.Tracing;

/// <summary>
/// The step that the calling code runs in: it flows with the execution context, as an <see cref="AsyncLocal{T}"/> does. Thread-safe.
/// </summary>
internal sealed class AmbientStep
{
    private readonly AsyncLocal<Step?> _current = new();

    public Step? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Makes a step the ambient one. Leave in the same method, on the same thread.</summary>
    public Switch Enter(Step step)
    {
        var outer = ExecutionContext.Capture();
        var previous = _current.Value;
        _current.Value = step;
        return new(outer, ExecutionContext.Capture(), previous);
    }

    /// <summary>
    /// The same for code that is entered again and again: where the context is still the one of the last time, the two are exchanged,
    /// which costs nothing.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="last">The <see cref="Switch"/> of the last time. Null for none.</param>
    public object EnterAgain(Step step, object? last)
    {
        if (last is Switch { Inner: { } inner } known && ReferenceEquals(ExecutionContext.Capture(), known.Outer))
        {
            ExecutionContext.Restore(inner);
            return last;
        }

        return Enter(step);
    }

    /// <summary>Makes the ambient step what it was. Whatever else was written to the context meanwhile stays.</summary>
    public void Leave(in Switch entered)
    {
        // Nothing else was written: the context before is all there is to go back to. (There is none while its flow is suppressed.)
        if (entered.Outer is { } outer && ReferenceEquals(ExecutionContext.Capture(), entered.Inner))
        {
            ExecutionContext.Restore(outer);
        }
        else
        {
            _current.Value = entered.Previous;
        }
    }

    /// <summary>What <see cref="Leave"/> needs to know.</summary>
    public readonly record struct Switch(ExecutionContext? Outer, ExecutionContext? Inner, Step? Previous);
}
