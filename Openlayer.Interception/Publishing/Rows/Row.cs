using System.Collections.Frozen;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>
/// A trace as one row of the Openlayer data stream, with the columns that the Python SDK sends, in the same order. Unlike in the Python
/// SDK, a reserved column is never overwritten: an input or metadata of that name appears only in the step.
/// </summary>
internal sealed class Row
{
    public const string UserId = "user_id";
    public const string SessionId = "session_id";
    public const string GroundTruth = "groundTruth";
    public const string Context = "context";
    public const string Question = "_question";
    private const string TraceId = "traceId";
    private const string RemoteParentSpanId = "parentSpanId";

    private static readonly FrozenSet<string> AlwaysReserved =
        new[] { "inferenceTimestamp", "inferenceId", "output", "latency", "cost", "tokens", "steps" }.ToFrozenSet(StringComparer.Ordinal);

    private readonly OpenlayerTrace _trace;
    private readonly List<KeyValuePair<string, object?>> _columns = [];
    private readonly Dictionary<string, int> _columnIndex = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reservedHere = new(StringComparer.Ordinal);

    public Row(OpenlayerTrace trace)
    {
        _trace = trace;
        var root = trace.Root;
        var (userId, sessionId) = (trace.UserId, trace.SessionId);
        var (groundTruth, context, question) = (root.CapturedGroundTruth, trace.CapturedContext, trace.CapturedQuestion);
        Reserve(UserId, userId is not null);
        Reserve(SessionId, sessionId is not null);
        Reserve(GroundTruth, IsTruthy(groundTruth));
        Reserve(Context, IsTruthy(context));
        Reserve(Question, IsTruthy(question));

        AddActivity();

        // As in a Python dict, a later value replaces an earlier one of the same name and keeps its position.
        AddAll(StepWriter.MetadataOf(root));
        AddAll(trace.CapturedMetadata);
        AddReserved(UserId, userId);
        AddReserved(SessionId, sessionId);
        AddReserved(GroundTruth, groundTruth);
        var inputs = root.CapturedInputs;
        AddAll(inputs);
        AddReserved(Context, context);
        AddReserved(Question, question);

        Config = new RowConfig([.. inputs.Where(IsColumn).Select(static input => input.Key)], _columnIndex.ContainsKey);
    }

    public RowConfig Config { get; }

    public void WriteTo(Utf8JsonWriter writer)
    {
        var root = _trace.Root;
        writer.WriteStartObject();
        writer.WriteNumber("inferenceTimestamp"u8, StepWriter.UnixSeconds(root.StartTime));
        writer.WriteString("inferenceId"u8, _trace.InferenceId);
        writer.WritePropertyName("output"u8);
        writer.WriteCapturedValue(root.CapturedOutput);
        writer.WriteNumber("latency"u8, root.Latency.TotalMilliseconds);
        if (_trace.SumsUsage)
        {
            var (tokens, cost) = Usage(root);
            writer.WriteNumber("cost"u8, cost);
            writer.WriteNumber("tokens"u8, tokens);
        }
        else if (root is ModelStep model)
        {
            StepWriter.WriteNumber(writer, "cost"u8, model.Cost);
            StepWriter.WriteNumber(writer, "tokens"u8, model.Tokens);
        }
        else
        {
            writer.WriteNumber("cost"u8, 0);
            writer.WriteNumber("tokens"u8, 0);
        }

        writer.WriteStartArray("steps"u8);
        StepWriter.Write(writer, root);
        writer.WriteEndArray();
        foreach (var (name, value) in _columns)
        {
            writer.WritePropertyName(name);
            writer.WriteCapturedValue(value);
        }

        writer.WriteEndObject();
    }

    /// <summary>The sums over the requests to models in a trace. What is unknown counts as 0.</summary>
    private static (long Tokens, double Cost) Usage(Step root)
    {
        var (tokens, cost) = (0L, 0.0);
        foreach (var step in root.SelfAndDescendants())
        {
            if (step is ModelStep model)
            {
                tokens += model.Tokens ?? ((long)(model.PromptTokens ?? 0) + ((model as ChatCompletionStep)?.CompletionTokens ?? 0));
                cost += model.Cost ?? 0;
            }
        }

        // Costs are finite; their sum may not be.
        return (tokens, Math.Min(cost, double.MaxValue));
    }

    /// <summary>Whether the value is truthy in Python: not null, false, zero or empty.</summary>
    private static bool IsTruthy(object? captured) => captured switch
    {
        null => false,
        string text => text.Length > 0,
        CapturedText => true,
        bool truth => truth,
        CapturedJson json => IsTruthy(json.Utf8.Span),
        Enum => true,
        IConvertible number when number.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal => number.ToDouble(null) != 0,
        _ => true,
    };

    private static bool IsTruthy(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                reader.Read();
                return reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject);
            case JsonTokenType.String:
                return reader.ValueSpan.Length > 0;
            case JsonTokenType.Number:
                return !reader.TryGetDouble(out var number) || number != 0;
            default:
                return reader.TokenType == JsonTokenType.True;
        }
    }

    private void Reserve(string name, bool hasValue)
    {
        if (hasValue)
        {
            _reservedHere.Add(name);
        }
    }

    private bool IsReserved(string name) => AlwaysReserved.Contains(name) || _reservedHere.Contains(name);

    /// <summary>Whether the column of an input's name holds the input. A reserved column does if an attribute assigns the input to it.</summary>
    private bool IsColumn(KeyValuePair<string, object?> input) =>
        _columnIndex.TryGetValue(input.Key, out var index) && ReferenceEquals(_columns[index].Value, input.Value);

    private void AddAll(KeyValuePair<string, object?>[] values)
    {
        foreach (var (name, value) in values)
        {
            if (!IsReserved(name))
            {
                Set(name, value);
            }
        }
    }

    // The ids under which the service's own telemetry, and other services, have the request.
    private void AddActivity()
    {
        if (_trace.Origin.Activity is not { } activity)
        {
            return;
        }

        Set(TraceId, activity.TraceId);
        Set(StepWriter.SpanId, activity.SpanId ?? ActivityIds.SpanIdOf(_trace.Origin.RootStepId));
        if (activity.RemoteParentSpanId is { } parent)
        {
            Set(RemoteParentSpanId, parent);
        }
    }

    private void AddReserved(string name, object? value)
    {
        if (_reservedHere.Contains(name))
        {
            Set(name, value);
        }
    }

    private void Set(string name, object? value)
    {
        if (_columnIndex.TryAdd(name, _columns.Count))
        {
            _columns.Add(new(name, value));
        }
        else
        {
            _columns[_columnIndex[name]] = new(name, value);
        }
    }
}
