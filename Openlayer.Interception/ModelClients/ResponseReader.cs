using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// A model's response, read from a whole one or put together from the items of a streamed one. Thread-safe: it may be read while it grows.
/// </summary>
/// <param name="operation">Where things are found.</param>
/// <param name="isFormatted">Whether the request asked for an answer of a certain shape.</param>
internal sealed class ResponseReader(ModelOperation operation, bool isFormatted)
{
    private readonly object _gate = new();
    private readonly SortedDictionary<long, ChoiceAccumulator> _answers = [];
    private readonly Dictionary<string, object?> _metadata = [];
    private string? _servedModel;
    private long? _promptTokens;
    private long? _completionTokens;
    private long? _tokens;
    private long? _embeddings;
    private long? _dimensions;

    /// <summary>Whether this response is not to be read, because another overload of the same client reads it.</summary>
    public bool IsDeferred { get; init; }

    /// <summary>Whether anything of an answer has been found.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Whether anything at all has been found.</summary>
    public bool HasData => HasContent || _metadata.Count > 0 || _servedModel is not null || _promptTokens is not null || _tokens is not null;

    /// <summary>For another response to the same request.</summary>
    public ResponseReader ForNextEnumeration() => new(operation, isFormatted);

    /// <summary>Adds a whole response, or the next item of a streamed one. Returns whether it holds anything of an answer.</summary>
    public bool Add(object result)
    {
        var item = operation.Response.Read(result) ?? result;
        item = operation.IsResponseJson ? MessageReader.Parsed(item) ?? item : item;
        lock (_gate)
        {
            var hasContent = AddAnswers(item);
            if (item is not string)
            {
                var about = operation.MetadataSource.Read(item) ?? item;
                _servedModel = operation.ServedModel.Read(about)?.ToString() ?? _servedModel;
                AddUsage(operation.Usage.Read(about));
                Keep(operation.Metadata, about);
                AddEmbeddings(item);
            }

            HasContent |= hasContent;
            return hasContent;
        }
    }

    /// <summary>Writes what has been read to the step; no output where none was found.</summary>
    /// <param name="step">The step of the request.</param>
    /// <param name="withOutput">Whether the answer itself is recorded.</param>
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
                model.PromptTokens = Count(_promptTokens);
                model.Tokens = Count(_tokens ?? (_promptTokens + _completionTokens));
            }

            if (step is ChatCompletionStep chat)
            {
                chat.CompletionTokens = Count(_completionTokens);
            }

            if (step is EmbeddingStep embedding)
            {
                embedding.EmbeddingCount = Count(_embeddings);
                embedding.EmbeddingDimensions = Count(_dimensions);
            }

            foreach (var (name, value) in _metadata)
            {
                step.Metadata[name] = value;
            }
        }
    }

    /// <summary>What has been read, as one object: what a streamed response comes to.</summary>
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

    private static int? Count(long? tokens) => (int?)(tokens is > int.MaxValue ? int.MaxValue : tokens);

    private static long? Number(object? value) => value switch
    {
        int count => count,
        long count => count,
        _ => null,
    };

    private long? Total(long? sum, object? more) =>
        Number(more) is not { } count ? sum : operation.UsageAccumulates ? (sum ?? 0) + count : count;

    private bool AddAnswers(object item)
    {
        if (MessageReader.Messages(operation, item) is not { } messages)
        {
            return AddAnswer(item, Number(operation.ChoiceIndex.Read(item)) ?? 0);
        }

        var hasContent = false;
        var choice = 0;
        foreach (var message in messages)
        {
            hasContent |= AddAnswer(message, Number(operation.ChoiceIndex.Read(message)) ?? choice);
            choice += operation.MessagesAreChoices ? 1 : 0;
        }

        return hasContent;
    }

    private bool AddAnswer(object message, long choice)
    {
        var hasContent = false;
        foreach (var piece in MessageReader.Contents(operation, message))
        {
            var (kind, fields) = MessageReader.Content(operation, piece);
            if (kind == ContentKind.Usage)
            {
                AddUsage(fields.Values.FirstOrDefault());
                continue;
            }

            if (!_answers.TryGetValue(choice, out var answer))
            {
                answer = new ChoiceAccumulator();
                _answers[choice] = answer;
            }

            hasContent |= answer.Add(kind, fields, operation.ToolCallIndex.Read(piece) ?? operation.ToolCallIndex.Read(message));
        }

        return hasContent;
    }

    private void AddUsage(object? usage)
    {
        if (usage is null)
        {
            return;
        }

        _promptTokens = Total(_promptTokens, operation.PromptTokens.Read(usage));
        _completionTokens = Total(_completionTokens, operation.CompletionTokens.Read(usage));
        _tokens = Total(_tokens, operation.Tokens.Read(usage));
        Keep(operation.UsageMetadata, usage);
    }

    private void AddEmbeddings(object item)
    {
        if (operation.StepType == StepType.Embedding)
        {
            _dimensions = Number(operation.EmbeddingDimensions.Read(item)) ?? _dimensions;
            _embeddings = Number(operation.EmbeddingCount.Read(item)) ?? (_dimensions is null ? null : 1);
        }
    }

    private void Keep((string Name, ValuePath Path)[] fields, object from)
    {
        foreach (var (name, path) in fields)
        {
            if (path.Read(from) is { } value)
            {
                _metadata[name] = value switch
                {
                    Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!),
                    _ => value.GetType().IsPrimitive ? value : value.ToString(),
                };
            }
        }
    }

    // The vectors themselves are numbers for machines.
    private object? Output()
    {
        if (_embeddings is not null)
        {
            return new { embeddings = _embeddings, dimensions = _dimensions };
        }

        var outputs = _answers.Values.Select(answer => answer.ToOutput(isFormatted)).ToArray();
        return outputs switch { [] => null, [var only] => only, _ => outputs };
    }
}
