namespace Openlayer.Interception.Tracing;

/// <summary>
/// Code that runs repeatedly under the same ambient step. While the context is the same as the last time, entering and leaving only exchange
/// two contexts. A mutable struct: keep it in a field and do not copy it.
/// </summary>
internal struct AmbientScope(AmbientStep ambient, StepContext context)
{
    // A single reference, so that two threads that enter concurrently never mix their contexts.
    private Entry? _last;

    /// <summary>Whether the step is known to be ambient already. Entering would then change nothing.</summary>
    public readonly bool IsEntered =>
        _last is { Switch.IsNothing: true } last && ReferenceEquals(ExecutionContext.Capture(), last.Switch.Outer);

    /// <summary>Makes the step the ambient one. Leave in the same method, on the same thread.</summary>
    public Entry Enter()
    {
        if (_last is not { } last || !ReferenceEquals(ExecutionContext.Capture(), last.Switch.Outer))
        {
            return EnterAnew();
        }

        ExecutionContext.Restore(last.Switch.Inner!);
        return last;
    }

    public readonly void Leave(Entry entered) => ambient.Leave(entered.Switch);

    /// <summary>Leaves code that restores the context itself if it changes it.</summary>
    public readonly void LeaveUnchanged(Entry entered)
    {
        if (entered.Switch.Outer is { } outer)
        {
            ExecutionContext.Restore(outer);
        }
        else
        {
            Leave(entered);
        }
    }

    private Entry EnterAnew()
    {
        var entered = new Entry(ambient.Enter(context, ambient.Current));

        // There is no context to exchange while the flow of the execution context is suppressed.
        _last = entered.Switch.Outer is null ? null : entered;
        return entered;
    }

    /// <summary>The state that <see cref="Leave"/> restores.</summary>
    public sealed class Entry(in AmbientStep.Switch entered)
    {
        public readonly AmbientStep.Switch Switch = entered;
    }
}
