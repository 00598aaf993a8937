using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A transfer of work from one component to another.</summary>
public sealed class HandoffStep : Step
{
    private string? _fromComponent;
    private string? _toComponent;
    private object? _handoffData;

    internal HandoffStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Handoff)
    {
    }

    /// <summary>The component that transfers the work. Default: null.</summary>
    public string? FromComponent
    {
        get => _fromComponent;
        set => _fromComponent = Trace.Capture.CaptureName(value);
    }

    /// <summary>The component that takes over the work. Default: null.</summary>
    public string? ToComponent
    {
        get => _toComponent;
        set => _toComponent = Trace.Capture.CaptureName(value);
    }

    /// <summary>The data that is transferred. Default: null.</summary>
    public object? HandoffData
    {
        get => CapturedDictionary.ToPublicValue(_handoffData);
        set => _handoffData = Capture(value, inPlaceOf: _handoffData);
    }

    internal object? CapturedHandoffData => _handoffData;
}
