namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A generated call: the member, the behaviour of the target, and how the caller consumes the result.</summary>
public sealed record ScriptedCall
{
    public required Shape Shape { get; init; }

    /// <summary>How the target creates the task, value task or stream.</summary>
    public required Making Making { get; init; }

    /// <summary>How the call ends.</summary>
    public required Ending Ending { get; init; }

    /// <summary>Bit n: the target waits before its n-th item. If there are no items, the number of waits before the end.</summary>
    public required int Waits { get; init; }

    public required int Items { get; init; }

    public required Consumption Consumption { get; init; }

    /// <summary>The time at which the caller cancels its token.</summary>
    public required Cancelling Cancelling { get; init; }

    /// <summary>The number of pending waits that end before the next call starts.</summary>
    public required int Releases { get; init; }

    /// <summary>The index of the pending wait that ends first.</summary>
    public required int Order { get; init; }

    public override string ToString() =>
        $"{Shape}({Making}, ends: {Ending}, waits: 0b{Waits:b2}, items: {Items}, consumed: {Consumption}, cancelled: {Cancelling}), then {Releases} releases from {Order}";
}
