namespace Openlayer.Interception.Tracing;

/// <summary>
/// Code that is entered again and again, each time with the same step as its ambient one. Where the context is still the one of the
/// last time, entering and leaving only exchange two contexts. A field of its user, not to be copied.
/// </summary>
internal struct AmbientScope(AmbientStep ambient, Step step)
{
    // One object, so that two threads that enter at a time never mix their contexts.
    private Entry? _last;

    /// <summary>Whether the step is known to be the ambient one already, so that entering would change nothing.</summary>
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

    /// <summary>Leaves code that has certainly put the context back if it changed it.</summary>
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
        var entered = new Entry(ambient.Enter(step, ambient.Current));

        // There is no context to exchange while its flow is suppressed.
        _last = entered.Switch.Outer is null ? null : entered;
        return entered;
    }

    /// <summary>What <see cref="Leave"/> needs to know.</summary>
    public sealed class Entry(in AmbientStep.Switch entered)
    {
        public readonly AmbientStep.Switch Switch = entered;
    }
}
