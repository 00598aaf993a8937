using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Reads a model's response: a whole one, or a streamed one item by item. Not thread-safe: the stream that adds the items locks it.
/// </summary>
/// <param name="operation">Where to find the values.</param>
/// <param name="messages">Reads the messages.</param>
/// <param name="shapes">How the other values are read from the objects of a type.</param>
/// <param name="isFormatted">Whether the request asked for an answer in a certain format.</param>
/// <param name="limits">How much of the response is kept.</param>
/// <param name="attachments">Keeps media in it that will be uploaded.</param>
/// <param name="documents">Collects the documents of a retrieval. Null if the response is no retrieval's.</param>
internal sealed class ResponseReader(
    ModelOperation operation,
    MessageReader messages,
    TypeCache<ResponseShape> shapes,
    bool isFormatted,
    CaptureSettings limits,
    AttachmentStore attachments,
    Func<RetrievedDocuments>? documents = null)
{
    // A part takes a microsecond.
    private const int MaxParts = 10_000;

    // So few that comparing their names is faster than hashing.
    private readonly List<KeyValuePair<string, object?>> _metadata = new(capacity: 4);
    private readonly RetrievedDocuments? _documents = documents?.Invoke();
    private object? _output;
    private ResponseShape? _lastShape;
    private Dictionary<string, long>? _usageParts;

    // In the order of their indexes.
    private readonly List<(long Index, ChoiceAccumulator Choice)> _choices = new(capacity: 1);

    // Of the current message. The lists are used again for each item of a stream.
    private readonly List<FoundPart> _parts = new(capacity: 1);
    private List<ContentPart>? _contents;

    // What the item before had, from the second item on. The items of a stream repeat most of it.
    private object?[]? _lastMetadata;
    private bool _hasItem;
    private string? _servedModel;
    private long? _promptTokens;
    private long? _completionTokens;
    private long? _tokens;
    private long? _embeddings;
    private long? _dimensions;
    private int _usageReports;

    // The number of parts that are still read of the current item.
    private int _room;

    /// <summary>Whether an outer overload of the same client records the response, so that this reader is not used.</summary>
    public bool IsDeferred { get; init; }

    /// <summary>The client, if the stream has the responses of a session. Otherwise null.</summary>
    public SessionClient? Session { get; init; }

    /// <summary>Whether the response is a retrieval's, which can have no documents.</summary>
    public bool IsRetrieval => _documents is not null;

    /// <summary>Whether any content of an answer has been found.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Whether anything has been found: content, metadata, model or usage.</summary>
    public bool HasData => HasContent || _documents is { WasRead: true } || _metadata.Count > 0 || _servedModel is not null || _promptTokens is not null || _tokens is not null;

    /// <summary>A reader for the response to the same request when its stream is enumerated again.</summary>
    public ResponseReader ForNextEnumeration() => new(operation, messages, shapes, isFormatted, limits, attachments, documents);

    /// <summary>Adds a whole response, or the next item of a streamed one. Returns whether it has any content of an answer.</summary>
    public bool Add(object result)
    {
        var shape = ShapeOf(result);
        var item = shape.Response?.Invoke(result) ?? result;
        item = operation.IsResponseJson ? PropertyReader.Parsed(item) ?? item : item;
        shape = ReferenceEquals(item, result) ? shape : ShapeOf(item);
        _room = MaxParts;
        if (_hasItem)
        {
            _lastMetadata ??= new object?[operation.Metadata.Length];
        }

        _hasItem = true;
        var hasContent = _documents?.Add(item) ?? AddMessages(shape, item);
        if (item is not string)
        {
            hasContent |= shape.MetadataSource?.Invoke(item) is { } source ? AddData(ShapeOf(source), source) : AddData(shape, item);
            AddEmbeddings(item);
        }

        HasContent |= hasContent;
        return hasContent;
    }

    /// <summary>Records what has been read. Leaves the output unset if no content was found.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="withOutput">Whether to record the answer itself.</param>
    /// <param name="isStream">Whether the response is a stream, which has no item if no document was found.</param>
    public void WriteTo(Step step, bool withOutput, bool isStream = false)
    {
        if (withOutput && Output() is { } output)
        {
            step.SetCapturedOutput(step.Trace.Capture.Capture(output));
        }

        if (withOutput && step is RetrieverStep retrieval && _documents is not null && (isStream || _documents.WasRead))
        {
            var captured = _documents.ToCaptured();
            retrieval.SetCapturedDocuments(captured);
            retrieval.SetCapturedOutput(captured);
        }

        if (step is ModelStep model)
        {
            if (_servedModel is not null)
            {
                model.SetServedModel(_servedModel);
            }

            model.PromptTokens = Saturated(_promptTokens);
            model.Tokens = Saturated(_tokens ?? (_promptTokens + _completionTokens));
            model.HasSummedUsage = operation.UsageAccumulates && _usageReports > 1;
        }

        if (step is ChatCompletionStep chat)
        {
            chat.CompletionTokens = Saturated(_completionTokens);
            chat.Usage = UsageCounts.Of(
                _promptTokens, _completionTokens, _usageParts, operation.PromptTokensExcludeCache, operation.CompletionTokensExcludeReasoning);
        }

        if (step is EmbeddingStep embedding)
        {
            embedding.EmbeddingCount = Saturated(_embeddings);
            embedding.EmbeddingDimensions = Saturated(_dimensions);
        }

        foreach (var (name, value) in _metadata)
        {
            step.AddCapturedMetadata(name, step.Trace.Capture.Capture(name, value));
        }
    }

    /// <summary>What has been read, as one object: the raw output of a streamed response.</summary>
    public Dictionary<string, object?> ToRawOutput()
    {
        var raw = new Dictionary<string, object?>(_metadata) { ["output"] = Output() };
        if (_promptTokens is not null || _completionTokens is not null || _tokens is not null)
        {
            var tokens = _tokens ?? (_promptTokens + _completionTokens);
            raw["usage"] = new { promptTokens = _promptTokens, completionTokens = _completionTokens, tokens };
        }

        return raw;
    }

    private static int? Saturated(long? count) => (int?)(count is > int.MaxValue ? int.MaxValue : count);

    // Some SDKs declare counts as floating-point numbers.
    private static long? Number(object? value) => value switch
    {
        int number => number,
        long number => number,
        double number when double.IsInteger(number) => (long)number,
        _ => null,
    };

    private long? Accumulated(long? sum, object? value) =>
        Number(value) is not { } count ? sum : operation.UsageAccumulates ? (sum ?? 0) + count : count;

    private ResponseShape ShapeOf(object value)
    {
        var type = value.GetType();
        return _lastShape is { } last && ReferenceEquals(last.Type, type) ? last : _lastShape = shapes.Get(type);
    }

    // Usage, model, error and metadata. Returns whether there is any content of an answer.
    private bool AddData(ResponseShape shape, object source)
    {
        if (shape.ServedModel?.Invoke(source) is { } servedModel)
        {
            _servedModel = PropertyReader.Text(servedModel) ?? _servedModel;
        }

        if (shape.Usage?.Invoke(source) is { } usage)
        {
            AddUsage(usage);
        }

        AddMetadata(shape, source);
        _output = shape.Output?.Invoke(source) ?? _output;
        return (shape.Error?.Invoke(source) is { } error && AddError(error)) || _output is not null;
    }

    private bool AddMessages(ResponseShape shape, object item)
    {
        if (ContentSequence.Items(shape.Messages?.Invoke(item)) is not { } found)
        {
            return AddMessage(item, ChoiceIndex(shape, item) ?? 0);
        }

        var hasContent = false;
        var choice = 0;
        foreach (var message in found)
        {
            if (message is null)
            {
                continue;
            }

            if (_room <= 0)
            {
                SetMetadata("partsOmitted", true);
                break;
            }

            hasContent |= AddMessage(message, ChoiceIndex(ShapeOf(message), message) ?? choice);
            choice += operation.MessagesAreChoices ? 1 : 0;
        }

        return hasContent;
    }

    private static long? ChoiceIndex(ResponseShape shape, object message) => Number(shape.ChoiceIndex?.Invoke(message));

    private bool AddMessage(object message, long choiceIndex)
    {
        var choice = Choice(choiceIndex);
        choice?.BeginItem();
        AddParts(message);
        if (_parts is [var onlyPart] && messages.Read(onlyPart) is var only && !IsCall(only))
        {
            return Add(only, default, ref choice, choiceIndex);
        }

        var contents = _contents ??= [];
        contents.Clear();
        foreach (var part in _parts)
        {
            contents.Add(messages.Read(part));
        }

        var continuations = contents.Exists(IsContinuation) ? Continuations(contents, message) : null;
        var hasContent = false;
        for (var at = 0; at < contents.Count; at++)
        {
            hasContent |= Add(contents[at], Position(contents[at], at), ref choice, choiceIndex);
        }

        return hasContent;

        ToolCallPosition Position(ContentPart part, int at)
        {
            if (!IsCall(part))
            {
                return default;
            }

            var (occurrence, occurrences) = continuations?.GetValueOrDefault(at, (0, 1)) ?? (0, 1);
            return new(ToolCallIndex(message, _parts[at].Value), operation.ToolCallRound.Read(_parts[at].Value), occurrence, occurrences);
        }
    }

    private bool Add(ContentPart part, ToolCallPosition position, ref ChoiceAccumulator? choice, long choiceIndex)
    {
        if (part.Kind == ContentKind.Usage)
        {
            if (part.Value is { } usage)
            {
                AddUsage(usage);
            }

            return false;
        }

        if (part.Kind == ContentKind.Unknown)
        {
            return false;
        }

        choice ??= AddChoice(choiceIndex);
        return choice?.Add(part, position) == true;
    }

    private void AddParts(object message)
    {
        _parts.Clear();
        if (messages.AddParts(message, _parts, _room) > _parts.Count)
        {
            SetMetadata("partsOmitted", true);
        }

        _room -= _parts.Count;
    }

    // The numbers of the fragments that have the same index, by the places of their parts.
    private Dictionary<int, (int Occurrence, int Occurrences)> Continuations(List<ContentPart> contents, object message) =>
        Enumerable.Range(0, contents.Count)
            .Where(at => IsContinuation(contents[at]))
            .GroupBy(at => ToolCallIndex(message, _parts[at].Value))
            .SelectMany(static same => same.Select((at, occurrence) => (At: at, Position: (occurrence, same.Count()))))
            .ToDictionary(static found => found.At, static found => found.Position);

    private object? ToolCallIndex(object message, object part) => operation.ToolCallIndex.Read(part) ?? operation.ToolCallIndex.Read(message);

    private static bool IsCall(ContentPart part) => part.Kind is ContentKind.ToolCall or ContentKind.ServerToolCall or ContentKind.ToolCallFragment;

    // Whether a part is a fragment that only its index or its order assigns to a tool call.
    private static bool IsContinuation(ContentPart part) =>
        part.Kind == ContentKind.ToolCallFragment && part.Fields.GetValueOrDefault("id") is null or "";

    private ChoiceAccumulator? Choice(long index)
    {
        foreach (var (known, choice) in _choices)
        {
            if (known == index)
            {
                return choice;
            }
        }

        return null;
    }

    private ChoiceAccumulator? AddChoice(long index)
    {
        if (_choices.Count >= limits.MaxItems)
        {
            return null;
        }

        var choice = new ChoiceAccumulator(limits, attachments);
        var next = 0;
        while (next < _choices.Count && _choices[next].Index < index)
        {
            next++;
        }

        _choices.Insert(next, (index, choice));
        return choice;
    }

    private bool AddError(object error)
    {
        if ((Choice(0) ?? AddChoice(0)) is not { } choice)
        {
            return false;
        }

        var fields = new Dictionary<string, object?>();
        foreach (var (name, path) in operation.ErrorFields)
        {
            fields.Add(name, path.Read(error));
        }

        return choice.Add(new(ContentKind.Error, null, fields), default);
    }

    private void AddUsage(object usage)
    {
        _usageReports++;
        _promptTokens = Accumulated(_promptTokens, operation.PromptTokens.Read(usage));
        _completionTokens = Accumulated(_completionTokens, operation.CompletionTokens.Read(usage));
        _tokens = Accumulated(_tokens, operation.Tokens.Read(usage));
        foreach (var (name, path) in operation.UsageMetadata)
        {
            var value = path.Read(usage);
            if (Number(value) is { } count)
            {
                _usageParts ??= [];
                var isRepeated = _usageParts.TryGetValue(name, out var before) && operation.UsageAccumulates;
                _usageParts[name] = isRepeated ? before + count : count;
                value = isRepeated ? before + count : value;
            }

            AddMetadata(name, value);
        }
    }

    private void AddMetadata(ResponseShape shape, object source)
    {
        foreach (var (index, name, read) in shape.Metadata)
        {
            if (read(source) is { } value && !Equals(_lastMetadata?[index], value))
            {
                _lastMetadata?[index] = value;
                AddMetadata(name, value);
            }
        }
    }

    private void AddMetadata(string name, object? value)
    {
        if (value is not null)
        {
            SetMetadata(name, value switch
            {
                string => value,
                Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!),
                _ when ImmutableScalar.Is(value) => value,
                _ => PropertyReader.Text(value),
            });
        }
    }

    private void SetMetadata(string name, object? value)
    {
        for (var index = 0; index < _metadata.Count; index++)
        {
            if (_metadata[index].Key == name)
            {
                _metadata[index] = new(name, value);
                return;
            }
        }

        _metadata.Add(new(name, value));
    }

    private void AddEmbeddings(object item)
    {
        if (operation.StepType == StepType.Embedding)
        {
            _dimensions = Dimensions(operation.EmbeddingDimensions.Read(item)) ?? _dimensions;
            _embeddings = Number(operation.EmbeddingCount.Read(item)) ?? (_dimensions is null ? null : 1);
        }
    }

    // On the wire a vector can be base64 of its 32-bit numbers.
    private static long? Dimensions(object? value) => value is string vector ? Base64Text.DecodedLength(vector) / sizeof(float) : Number(value);

    private object? Output()
    {
        // The vectors themselves say nothing to a reader.
        if (_embeddings is not null)
        {
            return new { embeddings = _embeddings, dimensions = _dimensions };
        }

        if (_output is not null)
        {
            return _output;
        }

        return _choices switch
        {
            [] => null,
            [var only] => only.Choice.ToOutput(isFormatted),
            _ => _choices.ConvertAll(choice => choice.Choice.ToOutput(isFormatted)).ToArray(),
        };
    }
}
