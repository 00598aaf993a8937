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
internal sealed class RequestReader(
    ProviderClient client, ModelOperation operation, ClientMetadata.Cache metadata, Dictionary<string, int> positions)
{
    private readonly KeyValuePair<string, int>[] _parameters = [.. positions];

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
        var values = Values(arguments);
        var described = metadata.Of(target);
        var requested = PropertyReader.Text(operation.RequestedModel.Read(values)) ?? described.Model;
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

        RecordParameters(step, values, maxItems);
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
        var values = Values(arguments);
        foreach (var (name, path) in operation.Parameters)
        {
            if (Parameter(path, values) is { } value)
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
        var values = Values(arguments);
        var prompt = operation.Prompt.Read(values);
        return ContentSequence.Count(prompt) is { } count && count > maxItems
            ? Prompt(arguments, RecordedItems.Of(ContentSequence.Items(prompt)!, count, maxItems))
            : Prompt(values, prompt, maxItems);
    }

    /// <summary>The prompt of a request that passed it as a lazy sequence with these items.</summary>
    public object? Prompt(object?[] arguments, RecordedItems items)
    {
        var prompt = Prompt(Values(arguments), items, Math.Max(items.Kept, 1));
        return items.Missing > 0 && prompt is IReadOnlyCollection<object?> kept
            ? Placeholders.Beginning(kept, items.Kept, kept.Count + items.Missing)
            : prompt;
    }

    /// <summary>Whether an argument is the prompt, and a lazy sequence, which only the client can enumerate.</summary>
    public bool IsLazyPrompt(string parameter, object? argument) =>
        positions.ContainsKey(parameter) && operation.Prompt.Is(parameter) && ContentSequence.IsLazy(argument);

    /// <summary>Whether the request asks for an answer in a certain format.</summary>
    public bool HasResponseFormat(object?[] arguments) => operation.ResponseFormat.Read(Values(arguments)) is not null;

    private object? Prompt(RequestArguments arguments, object? prompt, int maxItems) => operation.StepType switch
    {
        StepType.Embedding => MessageReader.EmbeddingInput(operation, prompt),
        StepType.Retriever => RetrievedDocuments.Query(prompt),
        _ => MessageReader.Prompt(operation, prompt, operation.Instructions.Read(arguments), maxItems, PromptContent(arguments)),
    };

    // The content of a prompt besides its text: null if it has none.
    private object[]? PromptContent(RequestArguments arguments)
    {
        if (operation.PromptParts.Length == 0 && operation.PromptMedia.Length == 0)
        {
            return null;
        }

        List<object> content = [];
        foreach (var path in operation.PromptParts)
        {
            var value = path.Read(arguments);
            content.AddRange(ContentSequence.IsLazy(value) ? [] : ContentSequence.Parts(value));
        }

        foreach (var media in operation.PromptMedia)
        {
            var fields = new Dictionary<string, object?>();
            foreach (var (name, path) in media.Fields)
            {
                fields[name] = path.Read(arguments);
            }

            if (fields.Values.Any(static value => value is not null))
            {
                content.Add(new MediaPart(media.Kind, fields));
            }
        }

        return [.. content];
    }

    private RequestArguments Values(object?[] arguments) => new(_parameters, arguments);

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
    private static object? Parameter(ValuePath path, RequestArguments arguments) =>
        path.Read(arguments) is { } value && !(value is IEnumerable and not string && PropertyReader.Read(value, "Count") is 0) ? value : null;

    private void RecordParameters(ModelStep step, RequestArguments arguments, int maxItems)
    {
        step.ClearModelParameters();
        foreach (var (name, path) in operation.Parameters)
        {
            if (Parameter(path, arguments) is { } value)
            {
                step.AddModelParameter(name, value);
            }
        }

        if (ToolReader.Read(operation, arguments, maxItems) is { Count: > 0 } tools)
        {
            step.AddModelParameter("tools", tools);
        }
    }

    private sealed record LastName(StepType Type, ProviderDisplayName Provider, string Name);
}
