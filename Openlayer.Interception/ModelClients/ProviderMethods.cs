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

    /// <summary>Adds a method that makes chat completions.</summary>
    /// <param name="method">The method's name. All its overloads are included.</param>
    /// <param name="describe">Sets where to find values that are not under the conventional names. Default: none.</param>
    /// <returns>This object, for further methods.</returns>
    /// <exception cref="ArgumentException">The client has no such method, or a path is invalid. The message names it.</exception>
    public ProviderMethods ChatCompletion(string method, Action<ProviderMethod>? describe = null) => Add(method, StepType.ChatCompletion, describe);

    /// <summary>Adds a method that makes embeddings.</summary>
    /// <param name="method">The method's name. All its overloads are included.</param>
    /// <param name="describe">Sets where to find values that are not under the conventional names. Default: none.</param>
    /// <returns>This object, for further methods.</returns>
    /// <exception cref="ArgumentException">The client has no such method, or a path is invalid. The message names it.</exception>
    public ProviderMethods Embedding(string method, Action<ProviderMethod>? describe = null) => Add(method, StepType.Embedding, describe);

    internal void AddAll() => Operations.Add(ConventionalClient.Operation);

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
