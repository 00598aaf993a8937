using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A turn of an agent.</summary>
public sealed class AgentStep : Step
{
    private string? _tool;
    private string? _agentType;
    private object? _action;

    internal AgentStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Agent)
    {
    }

    /// <summary>The tool that the agent chose. Default: null.</summary>
    public string? Tool
    {
        get => _tool;
        set => _tool = Trace.Capture.CaptureName(value);
    }

    /// <summary>The action that the agent chose. Any value; setting it captures a snapshot. Default: null.</summary>
    public object? Action
    {
        get => CapturedDictionary.ToPublicValue(_action);
        set => _action = Capture(value, inPlaceOf: _action);
    }

    /// <summary>The kind of agent. Default: null.</summary>
    public string? AgentType
    {
        get => _agentType;
        set => _agentType = Trace.Capture.CaptureName(value);
    }

    /// <summary>Whether the step is a run of a recognised agent, which is the loop around its requests and tool calls.</summary>
    internal bool IsRun { get; set; }

    internal object? CapturedAction => _action;
}
