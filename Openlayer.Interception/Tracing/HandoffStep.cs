using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>Work handed from one component to another.</summary>
public sealed class HandoffStep : Step
{
    private object? _handoffData;

    internal HandoffStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Handoff)
    {
    }

    /// <summary>Who hands over. Default: null.</summary>
    public string? FromComponent { get; set; }

    /// <summary>Who takes over. Default: null.</summary>
    public string? ToComponent { get; set; }

    /// <summary>What is handed over. Default: null.</summary>
    public object? HandoffData
    {
        get => CapturedDictionary.ToPublicValue(_handoffData);
        set => _handoffData = Capture(value, inPlaceOf: _handoffData);
    }

    internal object? CapturedHandoffData => _handoffData;
}
