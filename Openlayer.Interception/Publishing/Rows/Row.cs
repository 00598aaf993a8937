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
    private readonly RowColumns _columns = new();

    // The columns that the trace gives a value. Null: it does not, and metadata or an input of that name takes the column.
    private readonly object? _userId;
    private readonly object? _sessionId;
    private readonly object? _groundTruth;
    private readonly object? _context;
    private readonly object? _question;

    public Row(OpenlayerTrace trace)
    {
        _trace = trace;
        var root = trace.Root;
        _userId = trace.UserId;
        _sessionId = trace.SessionId;
        _groundTruth = TruthyOrNull(root.CapturedGroundTruth);
        _context = TruthyOrNull(trace.CapturedContext);
        _question = TruthyOrNull(trace.CapturedQuestion);

        AddActivity();

        // As in a Python dict, a later value replaces an earlier one of the same name and keeps its position.
        AddAll(StepWriter.MetadataOf(root));
        AddAll(trace.CapturedMetadata);
        AddAssigned(UserId, _userId);
        AddAssigned(SessionId, _sessionId);
        AddAssigned(GroundTruth, _groundTruth);
        var inputs = root.CapturedInputs;
        AddAll(inputs);
        AddAssigned(Context, _context);
        AddAssigned(Question, _question);

        Config = new RowConfig(InputColumns(inputs), _columns);
    }

    public RowConfig Config { get; }

    public void WriteTo(JsonBuffer json)
    {
        var root = _trace.Root;
        json.Append("{\"inferenceTimestamp\":"u8);
        StepWriter.WriteTime(json, root.StartTime);
        json.Append(",\"inferenceId\":"u8);
        json.AppendText(_trace.InferenceId);
        json.Append(",\"output\":"u8);
        json.AppendCaptured(root.CapturedOutput);
        json.Append(",\"latency\":"u8);
        StepWriter.WriteDuration(json, root.Latency);
        var (tokens, cost) = _trace.SumsUsage ? Sums(root) : root is ModelStep model ? (model.Tokens, model.Cost) : ((double?)0, (double?)0);
        json.Append(",\"cost\":"u8);
        json.AppendNumber(cost);
        json.Append(",\"tokens\":"u8);
        json.AppendNumber(tokens);
        json.Append(",\"steps\":["u8);
        StepWriter.Write(json, root);
        json.Append("]"u8);
        foreach (var (name, value) in _columns.All)
        {
            json.Append(","u8);
            json.AppendName(name);
            json.AppendCaptured(value);
        }

        json.Append("}"u8);
    }

    /// <summary>The sums over the requests to models in a trace. What is unknown counts as 0.</summary>
    private static (double? Tokens, double? Cost) Sums(Step root)
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

    private static object? TruthyOrNull(object? captured) => IsTruthy(captured) ? captured : null;

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

    private bool IsReserved(string name) => AlwaysReserved.Contains(name) || name switch
    {
        UserId => _userId is not null,
        SessionId => _sessionId is not null,
        GroundTruth => _groundTruth is not null,
        Context => _context is not null,
        Question => _question is not null,
        _ => false,
    };

    /// <summary>Whether the column of an input's name holds the input. A reserved column does if an attribute assigns the input to it.</summary>
    private bool IsColumn(KeyValuePair<string, object?> input) =>
        _columns.TryGet(input.Key, out var value) && ReferenceEquals(value, input.Value);

    private List<string> InputColumns(CapturedEntries inputs)
    {
        var columns = new List<string>(inputs.Length);
        foreach (var input in inputs)
        {
            if (IsColumn(input))
            {
                columns.Add(input.Key);
            }
        }

        return columns;
    }

    private void AddAll(CapturedEntries values)
    {
        foreach (var (name, value) in values)
        {
            if (!IsReserved(name))
            {
                _columns.Set(name, value);
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

        _columns.Set(TraceId, activity.TraceId);
        _columns.Set(StepWriter.SpanId, activity.SpanId ?? ActivityIds.SpanIdOf(_trace.Origin.RootStepId));
        if (activity.RemoteParentSpanId is { } parent)
        {
            _columns.Set(RemoteParentSpanId, parent);
        }
    }

    private void AddAssigned(string name, object? value)
    {
        if (value is not null)
        {
            _columns.Set(name, value);
        }
    }
}
