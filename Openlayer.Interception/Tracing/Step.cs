using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>
/// One unit of work in a trace: a call through an interface, a request to a model, a piece of code under
/// <see cref="OpenlayerTracer.StartStep"/>. Values that are set are captured as they are at that moment; what is set after the trace
/// was completed may not be sent. Thread-safe.
/// </summary>
public class Step
{
    private const long Open = long.MinValue;

    // Smaller values are part of what a step is estimated at anyway, so that most calls need no interlocked operation.
    private const int UncountedBytes = 256;

    private readonly long _startTimestamp;
    private long _endTimestamp = Open;
    private string? _id;
    private string[]? _inputNames;
    private object?[]? _capturedInputs;
    private CapturedDictionary? _inputs;
    private CapturedDictionary? _metadata;
    private object? _output;
    private object? _groundTruth;

    // The children, last opened first, each linked to the one opened before it: opening a child never takes a lock or grows an array.
    private Step? _lastChild;
    private Step? _previousSibling;

    internal Step(OpenlayerTrace trace, Step? parent, string name, StepType type)
    {
        Trace = trace;
        Name = name;
        Type = type;
        _startTimestamp = trace.Now();
        IsInClientCall = parent is { IsInClientCall: true } or ModelStep { ClientCall: not null };
        parent?.Adopt(this);
    }

    private Step(OpenlayerTrace trace, string name, long startTimestamp)
    {
        Trace = trace;
        Name = name;
        Type = StepType.UserCall;
        _startTimestamp = startTimestamp;
    }

    /// <summary>What the step is called. For a call through an interface by default what the caller wrote, <c>IAnswerService.AnswerAsync</c>.</summary>
    public string Name { get; set; }

    /// <summary>The step's id: a random UUID, in the form <c>xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx</c>.</summary>
    public string Id => _id ?? Interlocked.CompareExchange(ref _id, NewId(), null) ?? _id;

    /// <summary>What kind of step it is.</summary>
    public StepType Type { get; }

    /// <summary>
    /// What went in, by parameter name. Composite values read back as <see cref="System.Text.Json.JsonElement"/>. Setting replaces all.
    /// </summary>
    public IDictionary<string, object?> Inputs
    {
        get => InputValues;
        set => Replace(InputValues, value);
    }

    /// <summary>What came out; null while the step is open. A value set from inside a traced call stands: the call's result does not replace it.</summary>
    public object? Output
    {
        get => CapturedDictionary.ToPublicValue(_output);
        set
        {
            _output = Capture(value, inPlaceOf: _output);
            HasOutput = true;
        }
    }

    /// <summary>The answer that would have been right, to be compared with <see cref="Output"/>. Default: null.</summary>
    public object? GroundTruth
    {
        get => CapturedDictionary.ToPublicValue(_groundTruth);
        set => _groundTruth = Capture(value, inPlaceOf: _groundTruth);
    }

    /// <summary>Other values, by name. The root's metadata are columns of the row. Setting replaces all.</summary>
    public IDictionary<string, object?> Metadata
    {
        get => MetadataValues;
        set => Replace(MetadataValues, value);
    }

    /// <summary>When the step was opened, by the wall clock.</summary>
    public DateTimeOffset StartTime => Trace.WallClock(_startTimestamp);

    /// <summary>When the step ended: its start plus its <see cref="Latency"/>. Null while it is open.</summary>
    public DateTimeOffset? EndTime => HasEnded ? Trace.WallClock(Volatile.Read(ref _endTimestamp)) : null;

    /// <summary>How long the step took, by a monotonic clock; while it is open, how long it has taken so far.</summary>
    public TimeSpan Latency
    {
        get
        {
            var end = Volatile.Read(ref _endTimestamp);
            return Trace.Elapsed(_startTimestamp, end == Open ? Trace.Now() : end);
        }
    }

    /// <summary>The steps opened while this one was the ambient one, in the order of their opening. A copy, made anew by each read.</summary>
    public IReadOnlyList<Step> Steps
    {
        get
        {
            var last = Volatile.Read(ref _lastChild);
            var count = 0;
            for (var child = last; child is not null; child = child._previousSibling)
            {
                count++;
            }

            if (count == 0)
            {
                return [];
            }

            var steps = new Step[count];
            for (var child = last; child is not null; child = child._previousSibling)
            {
                steps[--count] = child;
            }

            return steps;
        }
    }

    internal OpenlayerTrace Trace { get; }

    /// <summary>Whether this step is a call of a traced function, which the wire format marks with <c>has_guardrails</c>.</summary>
    internal bool IsCall { get; init; }

    /// <summary>Whether a recognised model client's call is around this step.</summary>
    internal bool IsInClientCall { get; }

    /// <summary>The invocation that opened this step, while it is being proceeded: an interceptor met twice by one call opens one step.</summary>
    internal object? Invocation { get; set; }

    internal bool HasEnded => Volatile.Read(ref _endTimestamp) != Open;

    internal bool HasOutput { get; private set; }

    internal object? CapturedOutput => _output;

    internal object? CapturedGroundTruth => _groundTruth;

    internal KeyValuePair<string, object?>[] CapturedInputs => _inputs is null && _inputNames is null ? [] : InputValues.Captured;

    internal KeyValuePair<string, object?>[] CapturedMetadata => _metadata?.Captured ?? [];

    private CapturedDictionary InputValues => _inputs ?? Interlocked.CompareExchange(ref _inputs, CollectInputs(), null) ?? _inputs;

    private CapturedDictionary MetadataValues => _metadata ?? Interlocked.CompareExchange(ref _metadata, new(Trace), null) ?? _metadata;

    /// <summary>Records an exception: its message becomes the metadata <c>Exceptions</c>. For code under <see cref="OpenlayerTracer.StartStep"/>.</summary>
    /// <param name="exception">What went wrong.</param>
    public void RecordException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Metadata["Exceptions"] = exception is AggregateException { InnerExceptions.Count: > 0 } several
            ? string.Join("; ", several.InnerExceptions.Select(Message))
            : Message(exception);
    }

    internal static Step Create(OpenlayerTrace trace, Step? parent, string name, StepType type, bool isCall) => type switch
    {
        StepType.ChatCompletion => new ChatCompletionStep(trace, parent, name) { IsCall = isCall },
        StepType.Embedding => new EmbeddingStep(trace, parent, name) { IsCall = isCall },
        StepType.Agent => new AgentStep(trace, parent, name) { IsCall = isCall },
        StepType.Retriever => new RetrieverStep(trace, parent, name) { IsCall = isCall },
        StepType.Tool => new ToolStep(trace, parent, name) { IsCall = isCall },
        StepType.Handoff => new HandoffStep(trace, parent, name) { IsCall = isCall },
        StepType.Guardrail => new GuardrailStep(trace, parent, name) { IsCall = isCall },
        _ => new Step(trace, parent, name, StepType.UserCall) { IsCall = isCall },
    };

    /// <summary>Sets the inputs to values that have been captured already. For a step that has none yet.</summary>
    /// <param name="names">Their names. Not copied, and not to be changed.</param>
    /// <param name="captured">The values. Not copied, and not to be changed.</param>
    internal void SetCapturedInputs(string[] names, object?[] captured)
    {
        _inputNames = names;
        _capturedInputs = captured;
        var bytes = 0L;
        foreach (var value in captured)
        {
            bytes += CapturedSize.Of(value);
        }

        AddLargeValue(bytes);
    }

    /// <summary>Takes over the inputs of a step, for the same work done once more.</summary>
    internal void CopyInputs(Step from)
    {
        foreach (var (name, captured) in from.CapturedInputs)
        {
            InputValues.SetCaptured(name, captured);
        }
    }

    /// <summary>Adds metadata that have been captured already.</summary>
    internal void AddCapturedMetadata(string name, object? captured) => MetadataValues.SetCaptured(name, captured);

    /// <summary>Sets the output to a value that has been captured already, unless there is one.</summary>
    internal void SetCapturedOutput(object? captured)
    {
        if (!HasOutput)
        {
            _output = captured;
            HasOutput = true;
            AddLargeValue(CapturedSize.Of(captured));
        }
    }

    /// <summary>The step around several requests that a client's layer turned out to be: the same step, but no request itself.</summary>
    internal Step AsUserCall(string name)
    {
        return new Step(Trace, name, _startTimestamp)
        {
            _endTimestamp = Volatile.Read(ref _endTimestamp),
            _id = _id,
            _inputNames = _inputNames,
            _capturedInputs = _capturedInputs,
            _inputs = _inputs,
            _metadata = _metadata,
            _output = _output,
            _groundTruth = _groundTruth,
            _lastChild = _lastChild,
            HasOutput = HasOutput,
            IsCall = true,
        };
    }

    /// <summary>Makes these the step's children, in the order of their opening. For a trace that is complete.</summary>
    internal void SetChildren(IEnumerable<Step> children)
    {
        _lastChild = null;
        foreach (var child in children)
        {
            child._previousSibling = _lastChild;
            _lastChild = child;
        }
    }

    /// <summary>Takes over inputs, output and metadata that this step does not have.</summary>
    internal void FillValuesFrom(Step inner)
    {
        if (CapturedInputs.Length == 0)
        {
            foreach (var (name, captured) in inner.CapturedInputs)
            {
                InputValues.SetCaptured(name, captured);
            }
        }

        foreach (var (name, captured) in inner.CapturedMetadata)
        {
            if (!MetadataValues.ContainsKey(name))
            {
                MetadataValues.SetCaptured(name, captured);
            }
        }

        _output ??= inner._output;

        // The response may go on below after the call has returned.
        if (inner._endTimestamp > _endTimestamp)
        {
            _endTimestamp = inner._endTimestamp;
        }
    }

    /// <summary>Ends the step. Only the first call counts.</summary>
    internal void End()
    {
        if (Interlocked.CompareExchange(ref _endTimestamp, Trace.Now(), Open) == Open)
        {
            Trace.StepEnded();
        }
    }

    /// <summary>A UUID of version 4. Not from the system's generator, which is slow: an id must be unique, not secret.</summary>
    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
#pragma warning disable CA5394 // Nothing is kept secret by it.
        Random.Shared.NextBytes(bytes);
#pragma warning restore CA5394
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>Captures a value that replaces another one.</summary>
    private protected object? Capture(object? value, object? inPlaceOf)
    {
        var captured = Trace.Capture.Capture(value);
        Trace.AddEstimatedBytes(CapturedSize.Of(captured) - CapturedSize.Of(inPlaceOf));
        return captured;
    }

    private void AddLargeValue(long bytes)
    {
        if (bytes > UncountedBytes)
        {
            Trace.AddEstimatedBytes(bytes);
        }
    }

    private CapturedDictionary CollectInputs() => _inputNames is null ? new(Trace) : new(Trace, _inputNames, _capturedInputs!);

    private static string Message(Exception exception)
    {
        try
        {
            return exception.Message;
        }
        catch
        {
            // A message can be computed, and the computation fail.
            return exception.GetType().Name;
        }
    }

    private static void Replace(CapturedDictionary values, IDictionary<string, object?> replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        var entries = replacement.ToArray();
        values.Clear();
        foreach (var (name, value) in entries)
        {
            values[name] = value;
        }
    }

    private void Adopt(Step child)
    {
        Step? last;
        do
        {
            last = Volatile.Read(ref _lastChild);
            child._previousSibling = last;
        }
        while (Interlocked.CompareExchange(ref _lastChild, child, last) != last);
    }
}
