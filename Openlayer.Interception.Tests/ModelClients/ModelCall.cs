using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>One way to ask a model: a method of a client, called as an application calls it.</summary>
/// <param name="StepName">The name of the request's step.</param>
/// <param name="Server">Who is asked.</param>
/// <param name="Ask">Asks, and gives the text of the answer: in pieces as the client streams it, else as one.</param>
public sealed record ModelCall(
    string StepName,
    Func<TestedClients, IModelServer> Server,
    Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> Ask)
{
    /// <summary>Whether the client gives the answer as it comes.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether the client's answers may be wishes to have a function called.</summary>
    public bool HasTools { get; init; } = true;

    /// <summary>Whether the client's errors say which request it was.</summary>
    public bool SaysRequestId { get; init; } = true;

    /// <summary>Whether the client gives the token counts that the server reports.</summary>
    public bool SaysTokens { get; init; } = true;

    /// <summary>Whether a stream whose token is cancelled throws; else it ends.</summary>
    public bool ThrowsWhenCancelled { get; init; } = true;

    /// <summary>Whether the SDK gives up on a stream that falls silent; else it waits for ever.</summary>
    public bool GivesUpOnSilence { get; init; } = true;

    /// <summary>Whether only what goes over the wire is seen, not whoever reads it.</summary>
    public bool IsSeenOnTheWire { get; init; }

    /// <summary>How many tokens the client says that went in, of those of a chat completion.</summary>
    public int PromptTokens { get; init; } = 20;

    public bool IsEmbedding => StepName.EndsWith(" Embedding", StringComparison.Ordinal);
}
