using System.Reflection;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception;

/// <summary>
/// Model clients that an application names, so that their calls are recorded as requests to a model. Filled while the container is set
/// up; not thread-safe.
/// </summary>
public sealed class ProviderClientRegistry
{
    private const BindingFlags Methods = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly List<ProviderClient> _clients = [];

    internal ProviderClientRegistry()
    {
    }

    internal IReadOnlyList<ProviderClient> Clients => _clients;

    /// <summary>Names a model client, each of whose methods makes requests. What it is given and gives is found under the usual names.</summary>
    /// <typeparam name="TClient">The interface or class that is intercepted.</typeparam>
    /// <param name="provider">The provider's name, as it is to be shown: <c>OpenAI</c>, <c>Anthropic</c>, your gateway's name.</param>
    /// <exception cref="ArgumentException"><paramref name="provider"/> is empty.</exception>
    public void Add<TClient>(string provider)
        where TClient : class => Add<TClient>(provider, static methods => methods.Every());

    /// <summary>Names a model client, the methods of it that make requests, and where things are found in their arguments and results.</summary>
    /// <typeparam name="TClient">The interface or class that is intercepted.</typeparam>
    /// <param name="provider">The provider's name, as it is to be shown: <c>OpenAI</c>, <c>Anthropic</c>, your gateway's name.</param>
    /// <param name="describe">Names the methods. Other methods of the client are not traced.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="provider"/> is empty, no method is named, or a method, parameter or path is not one; the message names it.
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
            throw new ArgumentException($"No method of {type} is named. Name those that make requests.", nameof(describe));
        }

        _clients.Add(new ProviderClient { Type = type, Provider = provider, Operations = [.. described.Operations] });
    }
}
