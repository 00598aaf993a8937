using System.Reflection;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Clients;

namespace Openlayer.Interception;

/// <summary>The methods of a model client that make requests.</summary>
public sealed class ProviderMethods
{
    private readonly Type _client;
    private readonly MethodInfo[] _methods;

    internal ProviderMethods(Type client, MethodInfo[] methods)
    {
        _client = client;
        _methods = methods;
    }

    internal List<ModelOperation> Operations { get; } = [];

    /// <summary>A method that makes chat completions.</summary>
    /// <param name="method">The method's name; all overloads are meant.</param>
    /// <param name="describe">Says where things are found that are not under the usual names. Default: all are.</param>
    /// <returns>This, to name another one.</returns>
    /// <exception cref="ArgumentException">The client has no such method, or something is not a path; the message names it.</exception>
    public ProviderMethods ChatCompletion(string method, Action<ProviderMethod>? describe = null) => Add(method, StepType.ChatCompletion, describe);

    /// <summary>A method that makes embeddings.</summary>
    /// <param name="method">The method's name; all overloads are meant.</param>
    /// <param name="describe">Says where things are found that are not under the usual names. Default: all are.</param>
    /// <returns>This, to name another one.</returns>
    /// <exception cref="ArgumentException">The client has no such method, or something is not a path; the message names it.</exception>
    public ProviderMethods Embedding(string method, Action<ProviderMethod>? describe = null) => Add(method, StepType.Embedding, describe);

    internal void Every() => Operations.Add(ConventionalClient.Operation);

    private ProviderMethods Add(string method, StepType stepType, Action<ProviderMethod>? describe)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        var overloads = Array.FindAll(_methods, found => found.Name == method);
        if (overloads.Length == 0)
        {
            throw new ArgumentException($"{_client} has no method '{method}'.", nameof(method));
        }

        var described = new ProviderMethod();
        describe?.Invoke(described);
        Operations.Add(described.ToOperation(overloads) with { Method = method, StepType = stepType });
        return this;
    }
}
