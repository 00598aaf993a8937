using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace StreamingAgent;

/// <summary>
/// An agent with a model and two tools. The class is not sealed, because a class proxy derives from it.
/// </summary>
public class TripAgent(IChatClient model, ITools tools) : AIAgent
{
    private readonly IChatClient _model = model.AsBuilder().UseFunctionInvocation().Build();

    private readonly ChatOptions _options = new()
    {
        Instructions = "Plan a trip for tomorrow. Ask the tools.",
        Tools = [AIFunctionFactory.Create(tools.FindWeatherAsync), AIFunctionFactory.Create(tools.FindTrainsAsync)],
    };

    /// <inheritdoc/>
    public override string Name => "trip agent";

    /// <inheritdoc/>
    protected override async Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, CancellationToken cancellationToken) =>
        new(await _model.GetResponseAsync(messages, _options, cancellationToken));

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages,
        AgentSession? session,
        AgentRunOptions? options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in _model.GetStreamingResponseAsync(messages, _options, cancellationToken))
        {
            yield return new AgentResponseUpdate(update);
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken) => new(new TripSession());

    /// <inheritdoc/>
    protected override ValueTask<JsonElement> SerializeSessionCoreAsync(
        AgentSession session, JsonSerializerOptions? jsonSerializerOptions, CancellationToken cancellationToken) =>
        new(JsonSerializer.SerializeToElement(new { }));

    /// <inheritdoc/>
    protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(
        JsonElement serializedState, JsonSerializerOptions? jsonSerializerOptions, CancellationToken cancellationToken) => new(new TripSession());

    private sealed class TripSession : AgentSession;
}
