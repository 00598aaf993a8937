
namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A service that asks a model and returns the answer. Each method returns it in one shape.</summary>
public interface IRelay
{
    /// <summary>Reads the answer to its end, or as far as the reader does.</summary>
    string Relay(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read);

    Task<string> RelayAsync(Func<IAsyncEnumerable<string>> ask, Func<IAsyncEnumerable<string>, Task> read);

    IAsyncEnumerable<string> RelayInPieces(Func<IAsyncEnumerable<string>> ask);
}
