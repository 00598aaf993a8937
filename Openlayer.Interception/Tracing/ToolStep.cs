using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A tool called for a model. A traced call of this type has its own name and inputs as function name and arguments.</summary>
public sealed class ToolStep : Step
{
    private object? _arguments;

    internal ToolStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Tool)
    {
    }

    /// <summary>The name of the function. Default: null.</summary>
    public string? FunctionName { get; set; }

    /// <summary>What the function was called with. Default: null.</summary>
    public object? Arguments
    {
        get => CapturedDictionary.ToPublicValue(_arguments);
        set => _arguments = Capture(value, inPlaceOf: _arguments);
    }

    internal object? CapturedArguments => _arguments;
}
