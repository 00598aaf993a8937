using System.Reflection;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception;

/// <summary>
/// The application's own model clients, whose calls are recorded as requests to a model. Add to it only while the container is being set up.
/// Not thread-safe.
/// </summary>
public sealed class ProviderClientRegistry
{
    private const BindingFlags Methods = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly List<ProviderClient> _clients = [];

    internal ProviderClientRegistry()
    {
    }

    internal IReadOnlyList<ProviderClient> Clients => _clients;

    /// <summary>Adds a model client whose methods all make requests. Values are found under the conventional names.</summary>
    /// <typeparam name="TClient">The interface or class that is intercepted.</typeparam>
    /// <param name="provider">The provider's display name: <c>OpenAI</c>, <c>Anthropic</c>, your gateway's name.</param>
    /// <exception cref="ArgumentException"><paramref name="provider"/> is empty.</exception>
    public void Add<TClient>(string provider)
        where TClient : class => Add<TClient>(provider, static methods => methods.AddAll());

    /// <summary>Adds a model client, with the methods that make requests and where to find the values in their arguments and results.</summary>
    /// <typeparam name="TClient">The interface or class that is intercepted.</typeparam>
    /// <param name="provider">The provider's display name: <c>OpenAI</c>, <c>Anthropic</c>, your gateway's name.</param>
    /// <param name="describe">Adds the methods. Other methods of the client are not traced.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="provider"/> is empty, no method is added, or a method, parameter or path does not exist. The message names it.
    /// </exception>
    public void Add<TClient>(string provider, Action<ProviderMethods> describe)
        where TClient : class
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(provider);
        ArgumentNullException.ThrowIfNull(describe);
        var type = typeof(TClient);
        var methods = type.GetMethods(Methods).Concat(type.GetInterfaces().SelectMany(static inherited => inherited.GetMethods())).ToArray();
        var described = new ProviderMethods(type, methods);
        describe(described);
        if (described.Operations.Count == 0)
        {
            throw new ArgumentException($"No method of {type} is added. Add each method that makes requests, with ChatCompletion or Embedding.", nameof(describe));
        }

        _clients.Add(new ProviderClient { Type = type, Provider = provider, Operations = [.. described.Operations] });
    }
}
