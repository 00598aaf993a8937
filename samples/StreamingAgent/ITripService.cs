namespace StreamingAgent;

/// <summary>Plans trips.</summary>
public interface ITripService
{
    /// <summary>The plan for a wish, in pieces as the agent writes it.</summary>
    IAsyncEnumerable<string> PlanAsync(string wish, CancellationToken cancellationToken = default);
}
