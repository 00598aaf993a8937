using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A transfer of work from one component to another.</summary>
public sealed class HandoffStep : Step
{
    private object? _handoffData;

    internal HandoffStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Handoff)
    {
    }

    /// <summary>The component that transfers the work. Default: null.</summary>
    public string? FromComponent { get; set; }

    /// <summary>The component that takes over the work. Default: null.</summary>
    public string? ToComponent { get; set; }

    /// <summary>The data that is transferred. Default: null.</summary>
    public object? HandoffData
    {
        get => CapturedDictionary.ToPublicValue(_handoffData);
        set => _handoffData = Capture(value, inPlaceOf: _handoffData);
    }

    internal object? CapturedHandoffData => _handoffData;
}
