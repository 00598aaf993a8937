using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Microsoft Agent Framework, as of 1.28: a run is an agent's step, and what it asks models is under it.</summary>
internal static class Agents
{
    private static readonly ModelOperation Run = ExtensionsAI.Chat with
    {
        StepType = StepType.Agent,

        // The figures are those of the requests under it.
        Usage = ValuePath.None,
        ContentMappings = [.. ExtensionsAI.ContentMappings.Where(static shape => shape.Kind != ContentKind.Usage)],
        Metadata = [("responseId", new("ResponseId")), ("agentId", new("AgentId"))],
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Microsoft.Agents.AI.AIAgent",
            AssemblyName = "Microsoft.Agents.AI.Abstractions",
            Operations =
            [
                Run with { Method = "RunCoreAsync", StepName = "AIAgent.RunAsync" },
                Run with { Method = "RunCoreStreamingAsync", StepName = "AIAgent.RunStreamingAsync" },
            ],
        },
    ];
}
