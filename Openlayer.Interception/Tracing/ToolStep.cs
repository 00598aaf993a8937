using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// A call of a tool on behalf of a model. If they are not set, a traced call sends the step's name and inputs as the function's name and
/// arguments.
/// </summary>
public sealed class ToolStep : Step
{
    private string? _functionName;
    private object? _arguments;

    internal ToolStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Tool)
    {
    }

    /// <summary>The name of the function. Default: null.</summary>
    public string? FunctionName
    {
        get => _functionName;
        set => _functionName = Trace.Capture.CaptureName(value);
    }

    /// <summary>The arguments of the function. Default: null.</summary>
    public object? Arguments
    {
        get => CapturedDictionary.ToPublicValue(_arguments);
        set => _arguments = Capture(value, inPlaceOf: _arguments);
    }

    /// <summary>
    /// Whether a layer of a model client called the function. A traced service that the function calls is then the same call of the tool.
    /// </summary>
    internal bool IsFunctionCall { get; set; }

    internal object? CapturedArguments => _arguments;

    internal override void CollectAttachments(TraceExtras trace)
    {
        base.CollectAttachments(trace);
        trace.AddHeld(CapturedArguments);
    }
}
