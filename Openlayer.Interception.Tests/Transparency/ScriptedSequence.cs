namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Generated calls, made one after the other by one caller; what is pending overlaps.</summary>
/// <param name="IsPumped">Whether the caller has a <see cref="SynchronizationContext"/>, which only its own thread pumps.</param>
/// <param name="Calls">The calls.</param>
public sealed record ScriptedSequence(bool IsPumped, ScriptedCall[] Calls)
{
    public override string ToString() =>
        $"{(IsPumped ? "with" : "without")} a SynchronizationContext:{string.Concat(Calls.Select(static (call, index) => $"\n  {index}: {call}"))}";
}
