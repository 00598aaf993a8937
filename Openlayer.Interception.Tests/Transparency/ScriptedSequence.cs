namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Generated calls that one caller makes in sequence. Pending calls overlap.</summary>
/// <param name="IsPumped">Whether the caller has a <see cref="SynchronizationContext"/> that only its own thread pumps.</param>
/// <param name="Calls">The calls.</param>
public sealed record ScriptedSequence(bool IsPumped, ScriptedCall[] Calls)
{
    public override string ToString() =>
        $"{(IsPumped ? "with" : "without")} a SynchronizationContext:{string.Concat(Calls.Select(static (call, index) => $"\n  {index}: {call}"))}";
}
