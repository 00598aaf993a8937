using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;

namespace StreamingAgent;

/// <summary>Streams the plan of an agent.</summary>
public sealed class TripService(AIAgent agent) : ITripService
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<string> PlanAsync(string wish, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in agent.RunStreamingAsync(wish, cancellationToken: cancellationToken))
        {
            if (update.Text.Length > 0)
            {
                yield return update.Text;
            }
        }
    }
}
