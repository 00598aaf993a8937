using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>A method that makes requests to a model: reads the request into the step, and says how its responses are read.</summary>
internal sealed class ModelMethod
{
    private static readonly Type[] GetServiceParameters = [typeof(Type), typeof(object)];

    private readonly ProviderClient _client;
    private readonly Assembly _assembly;
    private readonly Dictionary<string, int> _positions;

    // Weak in its keys: what a client says about itself does not change, and is asked for once a client.
    private readonly ConditionalWeakTable<object, ClientMetadata> _metadata = [];

    // Types of responses of which nothing could be read, each of which is logged once.
    private readonly ConditionalWeakTable<Type, object> _unread = [];

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
        OperationOf(client, method) is { } operation ? new(client, operation, method, positions) : null;

    /// <summary>What a method of a client does. Null if it makes no requests.</summary>
    public static ModelOperation? OperationOf(ProviderClient client, MethodInfo method) =>
        Array.Find(
            client.Operations,
            operation => (operation.Method is null || operation.Method == method.Name)
                && (operation.RequiredParameter is null || Array.Exists(method.GetParameters(), parameter => parameter.Name == operation.RequiredParameter)));

    /// <summary>Whether a call is made by another overload of the same client, which is read instead.</summary>
    public bool DefersTo(Step? caller) =>
        Operation.DefersToOuterOverload && caller is ModelStep { Client: { } client } && ReferenceEquals(client, _client);

    /// <summary>The arguments of a call as they can be read: a body that is sent as the JSON that it is.</summary>
    public object?[] Readable(object?[] arguments)
    {
        if (Operation.BodyParameter is not { } body
            || !_positions.TryGetValue(body, out var position)
            || arguments[position] is not { } content
            || Array.IndexOf(Operation.ReplayableBodyTypes, content.GetType().Name) < 0)
        {
            return arguments;
        }

        var readable = (object?[])arguments.Clone();
        readable[position] = RequestBodyReader.Read(content);
        return readable;
    }

    /// <summary>Reads what the request is, except for its prompt.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="arguments">The call's arguments.</param>
    /// <param name="target">The client.</param>
    /// <param name="withName">Whether the step is named after the provider.</param>
    public void ReadRequest(ModelStep step, object?[] arguments, object? target, bool withName)
    {
        var given = new RequestArguments(_positions, arguments);
        var metadata = target is null ? ClientMetadata.None : _metadata.GetValue(target, AskForMetadata);
        var provider = ProviderDisplayName.Of(_client.Provider ?? metadata.Provider);
        step.Client = _client;
        step.Provider = provider.Provider;
        step.Model = Operation.RequestedModel.Read(given)?.ToString() ?? metadata.Model;
        step.IsLayer = metadata.IsLayer;
        step.IsResponseOnly = Operation.StreamFactory is not null;
        if (withName)
        {
            step.Name = provider.StepName(step.Type, Operation.ResponseNoun);
            step.IsNamedAfterProvider = true;
        }

        step.ModelParameters = ReadParameters(given);
    }

    /// <summary>The prompt of a request, as it is recorded. Null if none is found, or what is found may not be enumerated.</summary>
    public List<object?>? ReadPrompt(object?[] arguments)
    {
        var given = new RequestArguments(_positions, arguments);
        return MessageReader.Prompt(Operation, Operation.Prompt.Read(given), Operation.Instructions.Read(given));
    }

    /// <summary>The same where the prompt was a lazy sequence, and these are its items.</summary>
    public List<object?>? ReadPrompt(object?[] arguments, IReadOnlyCollection<object?> items) =>
        MessageReader.Prompt(Operation, items, Operation.Instructions.Read(new RequestArguments(_positions, arguments)));

    /// <summary>Whether a parameter holds the prompt, as a sequence that only the client may enumerate.</summary>
    public bool IsLazyPrompt(string parameter, object? value) =>
        _positions.ContainsKey(parameter) && Operation.Prompt.Is(parameter) && MessageReader.IsLazy(value);

    /// <summary>Opens the reading of a response to a request with these arguments.</summary>
    /// <param name="arguments">The call's arguments, readable.</param>
    /// <param name="isDeferred">Whether another overload reads it.</param>
    public ResponseReader OpenResponse(object?[] arguments, bool isDeferred) =>
        new(Operation, Operation.ResponseFormat.Read(new RequestArguments(_positions, arguments)) is not null) { IsDeferred = isDeferred };

    /// <summary>The raw response: JSON where it is at hand.</summary>
    public object? ReadRaw(object result, ITraceSuppressor suppressor)
    {
        using var suppression = suppressor.Suppress();
        try
        {
            return MessageReader.Parsed(Operation.RawResponse.Read(result)) ?? result;
        }
        catch (Exception)
        {
            return result;
        }
    }

    /// <summary>Notes, once for each type, that nothing could be read of a response of that type.</summary>
    public void ReportUnrecognized(Type type, Step step, InternalLog faults)
    {
        // A layer further out reads what this one has passed on.
        if (!step.IsInClientCall && _unread.TryAdd(type, type))
        {
            faults.Note($"Responses of the type {type} are of no known shape; their steps have the raw output.");
        }
    }

    private static MethodInfo? GetService(object target) =>
        target.GetType().GetInterfaces().Append(target.GetType())
            .Select(static type => type.GetMethod("GetService", GetServiceParameters))
            .FirstOrDefault(static method => method is not null);

    private Dictionary<string, object?> ReadParameters(RequestArguments arguments)
    {
        var parameters = new Dictionary<string, object?>();
        foreach (var (name, path) in Operation.Parameters)
        {
            if (path.Read(arguments) is { } value && !(value is IEnumerable and not string && PropertyReader.Read(value, "Count") is 0))
            {
                parameters[name] = value;
            }
        }

        if (MessageReader.Tools(Operation, arguments) is { Count: > 0 } tools)
        {
            parameters["tools"] = tools;
        }

        return parameters;
    }

    private ClientMetadata AskForMetadata(object target)
    {
        var model = _client.DefaultModel.Read(target)?.ToString();
        if (_client.MetadataTypeName is null
            || _assembly.GetType(_client.MetadataTypeName) is not { } type
            || GetService(target) is not { } getService)
        {
            return new(null, model, IsLayer: false);
        }

        var metadata = getService.Invoke(target, [type, null]);

        // A traced client under this one answers for its interceptor: this one passes requests on to it.
        var isLayer = getService.Invoke(target, [typeof(OpenlayerInterceptor), null]) is not null;
        return new(
            _client.MetadataProvider.Read(metadata)?.ToString(),
            _client.DefaultModel.Read(metadata)?.ToString() ?? model,
            isLayer);
    }

    private sealed record ClientMetadata(string? Provider, string? Model, bool IsLayer)
    {
        public static ClientMetadata None { get; } = new(null, null, IsLayer: false);
    }
}
