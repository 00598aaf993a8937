namespace Openlayer.Interception;

/// <summary>A turn of an agent.</summary>
public sealed class AgentStep : Step
{
    internal AgentStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Agent)
    {
    }

    /// <summary>The tool that the agent chose. Default: null.</summary>
    public string? Tool { get; set; }

    /// <summary>The action that the agent chose. Default: null.</summary>
    public string? Action { get; set; }

    /// <summary>The kind of agent. Default: null.</summary>
    public string? AgentType { get; set; }
}
