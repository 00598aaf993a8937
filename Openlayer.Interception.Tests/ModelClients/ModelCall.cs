using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A method of a client, called as an application calls it.</summary>
/// <param name="StepName">The name of the request's step.</param>
/// <param name="Server">The server that receives the request.</param>
/// <param name="Ask">Asks, and returns the text of the answer: in the pieces the client streams, or as one.</param>
public sealed record ModelCall(
    string StepName,
    Func<TestedClients, IModelServer> Server,
    Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> Ask)
{
    /// <summary>Whether the client streams the answer.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether the client returns tool calls.</summary>
    public bool HasTools { get; init; } = true;

    /// <summary>Whether the client's exceptions have the request id.</summary>
    public bool ReportsRequestId { get; init; } = true;

    /// <summary>Whether the client returns the token counts that the server reports.</summary>
    public bool ReportsTokens { get; init; } = true;

    /// <summary>Whether a stream throws when its token is cancelled. If not, it ends.</summary>
    public bool ThrowsWhenCancelled { get; init; } = true;

    /// <summary>Whether the SDK times out on a stream that stalls. If not, it waits indefinitely.</summary>
    public bool TimesOutOnSilence { get; init; } = true;

    /// <summary>Whether only the wire is observed, not the reader of the stream.</summary>
    public bool IsObservedOnTheWire { get; init; }

    /// <summary>The number of prompt tokens the client returns for a chat completion.</summary>
    public int PromptTokens { get; init; } = 20;

    public bool IsEmbedding => StepName.EndsWith(" Embedding", StringComparison.Ordinal);
}
