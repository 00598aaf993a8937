namespace StreamingAgent;

/// <summary>Plans trips.</summary>
public interface ITripService
{
    /// <summary>Streams a plan for a wish as the agent writes it.</summary>
    IAsyncEnumerable<string> PlanAsync(string wish, CancellationToken cancellationToken = default);
}
