
namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A service that asks a model, and passes on the answer in one shape each.</summary>
public interface IRelay
{
    /// <summary>The outcome of reading the answer to its end, or as far as the reader does.</summary>
    string Relay(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read);

    Task<string> RelayAsync(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read);

    IAsyncEnumerable<string> RelayInPieces(Func<IAsyncEnumerable<string>> ask);
}
