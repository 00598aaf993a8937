using System.Reflection;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Providers;

/// <summary>A method that makes requests to a model: reads the request into the step, and says how its responses are read.</summary>
internal sealed class ModelMethod
{
    private readonly ProviderClient _client;
    private readonly Assembly _assembly;
    private readonly Dictionary<string, int> _positions;

    // Weak in its keys: what a client says about itself does not change, and is asked for once a client.
    private readonly ConditionalWeakTable<object, ClientMetadata> _metadata = [];

    private ModelMethod(ProviderClient client, ModelOperation operation, MethodInfo method, Dictionary<string, int> positions)
    {
        _client = client;
        _assembly = method.DeclaringType!.Assembly;
        _positions = positions;
        Operation = operation;
    }

    public ModelOperation Operation { get; }

    /// <summary>What the method is to its client. Null if it is nothing that makes requests.</summary>
    /// <param name="client">The client the method belongs to.</param>
    /// <param name="method">The method.</param>
    /// <param name="positions">The parameters that may be read.</param>
    public static ModelMethod? Of(ProviderClient client, MethodInfo method, Dictionary<string, int> positions) =>
        Array.Find(client.Operations, operation => operation.Method is null || operation.Method == method.Name) is { } found
            ? new(client, found, method, positions)
            : null;

    /// <summary>Reads a request. Returns its prompt; null if none is found.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="arguments">The call's arguments.</param>
    /// <param name="target">The client.</param>
    /// <param name="withName">Whether the step is named after the provider.</param>
    public List<object?>? ReadRequest(ModelStep step, object?[] arguments, object? target, bool withName)
    {
        var given = new ModelArguments(_positions, arguments);
        var metadata = target is null ? ClientMetadata.None : _metadata.GetValue(target, AskForMetadata);
        var provider = ProviderName.Of(_client.Provider ?? metadata.Provider);
        step.Provider = provider.Provider;
        step.Model = Operation.RequestedModel.Read(given)?.ToString() ?? metadata.Model;
        if (withName)
        {
            step.Name = provider.StepName(step.Type);
        }

        step.ModelParameters = ReadParameters(given);
        return MessageReader.Prompt(Operation, Operation.Prompt.Read(given), Operation.Instructions.Read(given));
    }

    private Dictionary<string, object?> ReadParameters(ModelArguments arguments)
    {
        var parameters = new Dictionary<string, object?>();
        foreach (var (name, path) in Operation.Parameters)
        {
            if (path.Read(arguments) is { } value)
            {
                parameters[name] = value;
            }
        }

        if (MessageReader.Tools(Operation.Tools.Read(arguments)) is { } tools)
        {
            parameters["tools"] = tools;
        }

        return parameters;
    }

    private ClientMetadata AskForMetadata(object target)
    {
        if (_client.MetadataTypeName is null
            || _assembly.GetType(_client.MetadataTypeName) is not { } type
            || target.GetType().GetInterface(_client.TypeName!)?.GetMethod("GetService", [typeof(Type), typeof(object)]) is not { } getService
            || getService.Invoke(target, [type, null]) is not { } metadata)
        {
            return ClientMetadata.None;
        }

        return new(_client.MetadataProvider.Read(metadata)?.ToString(), _client.MetadataModel.Read(metadata)?.ToString());
    }

    private sealed record ClientMetadata(string? Provider, string? Model)
    {
        public static ClientMetadata None { get; } = new(null, null);
    }
}
