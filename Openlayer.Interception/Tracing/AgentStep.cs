namespace Openlayer.Interception;

/// <summary>An agent's turn.</summary>
public sealed class AgentStep : Step
{
    internal AgentStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Agent)
    {
    }

    /// <summary>The tool the agent chose. Default: null.</summary>
    public string? Tool { get; set; }

    /// <summary>What the agent decided to do. Default: null.</summary>
    public string? Action { get; set; }

    /// <summary>What kind of agent it is. Default: null.</summary>
    public string? AgentType { get; set; }
}
