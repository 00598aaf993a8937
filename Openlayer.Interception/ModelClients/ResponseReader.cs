using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Reads a model's response: a whole one, or a streamed one item by item. Thread-safe: it can be read while items are added.
/// </summary>
/// <param name="operation">Where to find the values.</param>
/// <param name="isFormatted">Whether the request asked for an answer in a certain format.</param>
internal sealed class ResponseReader(ModelOperation operation, bool isFormatted)
{
    private readonly object _gate = new();
    private readonly SortedDictionary<long, ChoiceAccumulator> _choices = [];
    private readonly Dictionary<string, object?> _metadata = [];
    private string? _servedModel;
    private long? _promptTokens;
    private long? _completionTokens;
    private long? _tokens;
    private long? _embeddings;
    private long? _dimensions;

    /// <summary>Whether an outer overload of the same client records the response, so that this reader is not used.</summary>
    public bool IsDeferred { get; init; }

    /// <summary>Whether any content of an answer has been found.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Whether anything has been found: content, metadata, model or usage.</summary>
    public bool HasData => HasContent || _metadata.Count > 0 || _servedModel is not null || _promptTokens is not null || _tokens is not null;

    /// <summary>A reader for the response to the same request when its stream is enumerated again.</summary>
    public ResponseReader ForNextEnumeration() => new(operation, isFormatted);

    /// <summary>Adds a whole response, or the next item of a streamed one. Returns whether it has any content of an answer.</summary>
    public bool Add(object result)
    {
        var item = operation.Response.Read(result) ?? result;
        item = operation.IsResponseJson ? PropertyReader.Parsed(item) ?? item : item;
        lock (_gate)
        {
            var hasContent = AddMessages(item);
            if (item is not string)
            {
                var source = operation.MetadataSource.Read(item) ?? item;
                _servedModel = PropertyReader.Text(operation.ServedModel.Read(source)) ?? _servedModel;
                AddUsage(operation.Usage.Read(source));
                AddMetadata(operation.Metadata, source);
                AddEmbeddings(item);
            }

            HasContent |= hasContent;
            return hasContent;
        }
    }

    /// <summary>Records what has been read. Leaves the output unset if no content was found.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="withOutput">Whether to record the answer itself.</param>
    public void WriteTo(Step step, bool withOutput)
    {
        lock (_gate)
        {
            if (withOutput && Output() is { } output)
            {
                step.SetCapturedOutput(step.Trace.Capture.Capture(output));
            }

            if (step is ModelStep model)
            {
                model.Model ??= _servedModel;
                model.PromptTokens = Saturated(_promptTokens);
                model.Tokens = Saturated(_tokens ?? (_promptTokens + _completionTokens));
            }

            if (step is ChatCompletionStep chat)
            {
                chat.CompletionTokens = Saturated(_completionTokens);
            }

            if (step is EmbeddingStep embedding)
            {
                embedding.EmbeddingCount = Saturated(_embeddings);
                embedding.EmbeddingDimensions = Saturated(_dimensions);
            }

            foreach (var (name, value) in _metadata)
            {
                step.Metadata[name] = value;
            }
        }
    }

    /// <summary>What has been read, as one object: the raw output of a streamed response.</summary>
    public Dictionary<string, object?> ToRawOutput()
    {
        lock (_gate)
        {
            var raw = new Dictionary<string, object?>(_metadata) { ["output"] = Output() };
            if (_promptTokens is not null || _completionTokens is not null || _tokens is not null)
            {
                var tokens = _tokens ?? (_promptTokens + _completionTokens);
                raw["usage"] = new { promptTokens = _promptTokens, completionTokens = _completionTokens, tokens };
            }

            return raw;
        }
    }

    private static int? Saturated(long? count) => (int?)(count is > int.MaxValue ? int.MaxValue : count);

    private static long? Number(object? value) => value switch
    {
        int number => number,
        long number => number,
        _ => null,
    };

    private long? Accumulated(long? sum, object? value) =>
        Number(value) is not { } count ? sum : operation.UsageAccumulates ? (sum ?? 0) + count : count;

    private bool AddMessages(object item)
    {
        if (MessageReader.ResponseMessages(operation, item) is not { } messages)
        {
            return AddMessage(item, Number(operation.ChoiceIndex.Read(item)) ?? 0);
        }

        var hasContent = false;
        var choice = 0;
        foreach (var message in messages)
        {
            hasContent |= AddMessage(message, Number(operation.ChoiceIndex.Read(message)) ?? choice);
            choice += operation.MessagesAreChoices ? 1 : 0;
        }

        return hasContent;
    }

    private bool AddMessage(object message, long choiceIndex)
    {
        var hasContent = false;
        foreach (var part in MessageReader.Parts(operation, message))
        {
            var (kind, fields) = MessageReader.Read(operation, part);
            if (kind == ContentKind.Usage)
            {
                AddUsage(fields.Values.FirstOrDefault());
                continue;
            }

            if (!_choices.TryGetValue(choiceIndex, out var choice))
            {
                choice = new ChoiceAccumulator();
                _choices[choiceIndex] = choice;
            }

            hasContent |= choice.Add(kind, fields, operation.ToolCallIndex.Read(part) ?? operation.ToolCallIndex.Read(message));
        }

        return hasContent;
    }

    private void AddUsage(object? usage)
    {
        if (usage is null)
        {
            return;
        }

        _promptTokens = Accumulated(_promptTokens, operation.PromptTokens.Read(usage));
        _completionTokens = Accumulated(_completionTokens, operation.CompletionTokens.Read(usage));
        _tokens = Accumulated(_tokens, operation.Tokens.Read(usage));
        AddMetadata(operation.UsageMetadata, usage);
    }

    private void AddMetadata((string Name, ValuePath Path)[] fields, object source)
    {
        foreach (var (name, path) in fields)
        {
            if (path.Read(source) is { } value)
            {
                _metadata[name] = value switch
                {
                    Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!),
                    _ when ImmutableScalar.Is(value) => value,
                    _ => value.ToString(),
                };
            }
        }
    }

    private void AddEmbeddings(object item)
    {
        if (operation.StepType == StepType.Embedding)
        {
            _dimensions = Number(operation.EmbeddingDimensions.Read(item)) ?? _dimensions;
            _embeddings = Number(operation.EmbeddingCount.Read(item)) ?? (_dimensions is null ? null : 1);
        }
    }

    private object? Output()
    {
        // The vectors themselves say nothing to a reader.
        if (_embeddings is not null)
        {
            return new { embeddings = _embeddings, dimensions = _dimensions };
        }

        var outputs = _choices.Values.Select(choice => choice.ToOutput(isFormatted)).ToArray();
        return outputs switch { [] => null, [var only] => only, _ => outputs };
    }
}
