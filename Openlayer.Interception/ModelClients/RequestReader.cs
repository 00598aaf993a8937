using System.Collections;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.ModelClients;

/// <summary>Reads the requests that one method of a client makes. Thread-safe.</summary>
/// <param name="client">The client.</param>
/// <param name="operation">Where to find the values.</param>
/// <param name="metadata">What instances of the client say about themselves.</param>
/// <param name="positions">The positions of the parameters that can be read, by name.</param>
/// <param name="messages">Reads the messages.</param>
internal sealed class RequestReader(
    ProviderClient client, ModelOperation operation, ClientMetadata.Cache metadata, Dictionary<string, int> positions, MessageReader messages)
{
    private static readonly ValuePath Count = new("Count");

    private readonly ArgumentPath _prompt = operation.Prompt.Among(positions);
    private readonly ArgumentPath _instructions = operation.Instructions.Among(positions);
    private readonly ArgumentPath _requestedModel = operation.RequestedModel.Among(positions);
    private readonly ArgumentPath _responseFormat = operation.ResponseFormat.Among(positions);
    private readonly (string Name, ArgumentPath Path)[] _parameters = [.. operation.Parameters.Select(parameter => (parameter.Name, parameter.Path.Among(positions)))];
    private readonly ArgumentPath[] _promptParts = Array.ConvertAll(operation.PromptParts, path => path.Among(positions));
    private readonly (string Kind, (string Name, ArgumentPath Path)[] Fields)[] _promptMedia =
    [
        .. operation.PromptMedia.Select(media => (media.Kind, media.Fields.Select(field => (field.Name, field.Path.Among(positions))).ToArray())),
    ];

    private readonly ToolReader _tools = new(operation, positions);

    // Most requests of a method go to the same provider.
    private LastName? _lastName;

    /// <summary>The arguments with a replayable body replaced by its JSON. Throws if the body is not JSON.</summary>
    public object?[] WithParsedBody(object?[] arguments)
    {
        if (operation.BodyParameter is not { } body
            || !positions.TryGetValue(body, out var position)
            || arguments[position] is not { } content
            || Array.IndexOf(operation.ReplayableBodyTypes, content.GetType().Name) < 0)
        {
            return arguments;
        }

        var parsed = (object?[])arguments.Clone();
        parsed[position] = RequestBodyReader.Read(content);
        return parsed;
    }

    /// <summary>Records provider, model and parameters of a request.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="arguments">The call's arguments, with the body parsed.</param>
    /// <param name="target">The client. Null if unknown.</param>
    /// <param name="setsName">Whether to name the step after the provider.</param>
    /// <param name="maxItems">The maximum number of items of a list.</param>
    public void RecordTo(ModelStep step, object?[] arguments, object? target, bool setsName, int maxItems)
    {
        var described = metadata.Of(target);
        var requested = PropertyReader.Text(_requestedModel.Read(arguments)) ?? described.Model;
        var (provider, priced) = described.Provider.Resolve(requested);
        step.Client = client;
        step.Provider = provider.Provider;
        step.SetModel(requested, priced);
        step.IsLayer = described.IsLayer;
        step.IsReportedElsewhere = !described.IsLayer && described.ReportsRequests;
        step.IsResponseOnly = operation.StreamFactory is not null;
        if (setsName)
        {
            step.SetKnownName(StepName(step, provider));
            step.IsNamedAfterProvider = true;
        }

        RecordParameters(step, arguments, maxItems);
    }

    /// <summary>What is known of a client whose stream has the responses of a session.</summary>
    public SessionClient Describe(object? target)
    {
        var described = metadata.Of(target);
        return new(described.Provider, described.Model);
    }

    /// <summary>Records what the client says of itself besides provider and model.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="target">The client. Null if unknown.</param>
    public void RecordClient(Step step, object? target)
    {
        foreach (var (name, path) in operation.ClientMetadata)
        {
            if (path.Read(target) is { } value)
            {
                step.Metadata[name] = value;
            }
        }
    }

    /// <summary>The name of the input that holds the prompt.</summary>
    public string InputName => InputNames[0];

    /// <summary><see cref="InputName"/> alone.</summary>
    public string[] InputNames { get; } =
    [
        operation.StepType switch
        {
            StepType.Embedding => "input",
            StepType.Retriever => "query",
            _ => "prompt",
        },
    ];

    /// <summary>Records the parameters of a retrieval as inputs beside the query.</summary>
    /// <param name="step">The retrieval's step.</param>
    /// <param name="arguments">The call's arguments.</param>
    public void RecordRetrieval(RetrieverStep step, object?[] arguments)
    {
        foreach (var (name, path) in _parameters)
        {
            if (Parameter(path, arguments) is { } value)
            {
                step.Inputs[name] = value;
            }
        }
    }

    /// <summary>
    /// The prompt, as it is recorded: the messages of a request, or the texts that are embedded. Null if there is none, or it is a lazy sequence.
    /// </summary>
    /// <param name="arguments">The call's arguments, with the body parsed.</param>
    /// <param name="maxItems">The maximum number of items of a list. Those after them are only counted.</param>
    public object? Prompt(object?[] arguments, int maxItems)
    {
        var prompt = _prompt.Read(arguments);
        return ContentSequence.Count(prompt) is { } count && count > maxItems
            ? Prompt(arguments, RecordedItems.Of(ContentSequence.Items(prompt)!, count, maxItems))
            : Prompt(arguments, prompt, maxItems);
    }

    /// <summary>The prompt of a request that passed it as a lazy sequence with these items.</summary>
    public object? Prompt(object?[] arguments, RecordedItems items)
    {
        var prompt = Prompt(arguments, items, Math.Max(items.Kept, 1));
        return items.Missing > 0 && prompt is IReadOnlyCollection<object?> kept
            ? Placeholders.Beginning(kept, items.Kept, kept.Count + items.Missing)
            : prompt;
    }

    /// <summary>Whether an argument is the prompt, and a lazy sequence, which only the client can enumerate.</summary>
    public bool IsLazyPrompt(string parameter, object? argument) =>
        positions.ContainsKey(parameter) && operation.Prompt.Is(parameter) && ContentSequence.IsLazy(argument);

    /// <summary>Whether the request asks for an answer in a certain format.</summary>
    public bool HasResponseFormat(object?[] arguments) => _responseFormat.Read(arguments) is not null;

    private object? Prompt(object?[] arguments, object? prompt, int maxItems) => operation.StepType switch
    {
        StepType.Embedding => messages.EmbeddingInput(prompt),
        StepType.Retriever => RetrievedDocuments.Query(prompt),
        _ => messages.Prompt(prompt, _instructions.Read(arguments), maxItems, PromptContent(arguments)),
    };

    // The content of a prompt besides its text: null if it has none.
    private object[]? PromptContent(object?[] arguments)
    {
        if (_promptParts.Length == 0 && _promptMedia.Length == 0)
        {
            return null;
        }

        List<object> content = [];
        foreach (var path in _promptParts)
        {
            var value = path.Read(arguments);
            content.AddRange(ContentSequence.IsLazy(value) ? [] : ContentSequence.Parts(value));
        }

        foreach (var (kind, paths) in _promptMedia)
        {
            var fields = new Dictionary<string, object?>();
            foreach (var (name, path) in paths)
            {
                fields[name] = path.Read(arguments);
            }

            if (fields.Values.Any(static value => value is not null))
            {
                content.Add(new MediaPart(kind, fields));
            }
        }

        return [.. content];
    }

    private string StepName(Step step, ProviderDisplayName provider)
    {
        var last = _lastName;
        if (last is null || last.Type != step.Type || !ReferenceEquals(last.Provider, provider))
        {
            var name = step.Trace.Capture.CaptureName(provider.StepName(step.Type, operation.ResponseNoun));
            _lastName = last = new LastName(step.Type, provider, name);
        }

        return last.Name;
    }

    // An empty list is no parameter.
    private static object? Parameter(ArgumentPath path, object?[] arguments) =>
        path.Read(arguments) is { } value && !(value is IEnumerable and not string && Count.Read(value) is 0) ? value : null;

    private void RecordParameters(ModelStep step, object?[] arguments, int maxItems)
    {
        step.ClearModelParameters();
        foreach (var (name, path) in _parameters)
        {
            if (Parameter(path, arguments) is { } value)
            {
                step.AddModelParameter(name, value);
            }
        }

        if (_tools.Read(arguments, maxItems) is { Count: > 0 } tools)
        {
            step.AddModelParameter("tools", tools);
        }
    }

    private sealed record LastName(StepType Type, ProviderDisplayName Provider, string Name);
}
