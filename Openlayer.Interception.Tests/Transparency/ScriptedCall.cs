namespace Openlayer.Interception.Tests.Transparency;

/// <summary>One generated call: which member, how the target goes about it, and what the caller does with the result.</summary>
public sealed record ScriptedCall
{
    public required Shape Shape { get; init; }

    /// <summary>Where the task, value task or stream comes from.</summary>
    public required Making Making { get; init; }

    /// <summary>How it ends.</summary>
    public required Ending Ending { get; init; }

    /// <summary>Bit n: the target waits before its n-th item; without items, how many waits there are before the end.</summary>
    public required int Waits { get; init; }

    public required int Items { get; init; }

    public required Consumption Consumption { get; init; }

    /// <summary>When the caller cancels its token.</summary>
    public required Cancelling Cancelling { get; init; }

    /// <summary>How many of the waits that are pending are over before the next call starts.</summary>
    public required int Releases { get; init; }

    /// <summary>Which of those that are pending is over first.</summary>
    public required int Order { get; init; }

    public override string ToString() =>
        $"{Shape}({Making}, ends: {Ending}, waits: 0b{Waits:b2}, items: {Items}, consumed: {Consumption}, cancelled: {Cancelling}), then {Releases} releases from {Order}";
}
