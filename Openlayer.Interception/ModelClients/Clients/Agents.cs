using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Microsoft Agent Framework, as of 1.28. A run is an agent step, with its requests to models below it.</summary>
internal static class Agents
{
    private static readonly ModelOperation Run = ExtensionsAI.Chat with
    {
        StepType = StepType.Agent,

        // The requests below it have the token counts.
        Usage = ValuePath.None,
        ContentMappings = [.. ExtensionsAI.ContentMappings.Where(static mapping => mapping.Kind != ContentKind.Usage)],
        Metadata = [("responseId", new("ResponseId")), ("agentId", new("AgentId"))],
        ClientMetadata = [("agentName", new("Name"))],
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Microsoft.Agents.AI.AIAgent",
            AssemblyName = "Microsoft.Agents.AI.Abstractions",
            DecoratorTypeName = "Microsoft.Agents.AI.DelegatingAIAgent",
            TakesTools = true,
            Operations =
            [
                Run with { Method = "RunCoreAsync", StepName = "AIAgent.RunAsync" },
                Run with { Method = "RunCoreStreamingAsync", StepName = "AIAgent.RunStreamingAsync" },
            ],
        },
    ];
}
