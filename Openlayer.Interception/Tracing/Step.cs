using System.Diagnostics;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// A unit of work in a trace: a call through an interface, a request to a model, or code within
/// <see cref="OpenlayerTracer.StartStep"/>. Setting a value captures a snapshot of it. A value that is set after the trace was completed
/// may not be sent. Thread-safe.
/// </summary>
public class Step
{
    /// <summary>The name of the metadata that says why the step failed.</summary>
    internal const string Exceptions = "Exceptions";

    private const long Open = long.MinValue;

    // Smaller values are covered by the estimate for a step, so that most calls need no interlocked operation.
    private const int UncountedBytes = 256;

    private const int MaxRecursion = 64;

    // In place of a value for which the trace has no room.
    private const string TraceLimit = "[trace limit]";

    // A byte, so that it shares eight with the flags.
    private readonly byte _type;

    private readonly long _startTimestamp;
    private long _endTimestamp = Open;
    private string _name;

    // Of the id. 0 until the id is needed.
    private long _idHalf;

    private string[]? _inputNames;

    // A CapturedDictionary; or the captured values of _inputNames: an array, or the value itself if there is only one.
    private object? _inputs;
    private CapturedDictionary? _metadata;
    private object? _output;
    private StepExtras? _extras;

    // The most recent child, which links to the earlier ones: opening a child takes no lock and grows no array. In a complete trace whose
    // steps were merged, an array of the children: a reader never sees half of a change.
    private object? _children;
    private Step? _previousSibling;

    internal Step(OpenlayerTrace trace, Step? parent, string name, StepType type)
    {
        Trace = trace;
        _name = name;
        _type = (byte)type;
        Context = new StepContext(this);
        _startTimestamp = trace.Now();
        if (parent is not null)
        {
            // Most parents are no requests, and their type is faster to see than their class.
            var request = parent.Type is StepType.ChatCompletion or StepType.Embedding ? (ModelStep)parent : null;
            IsInClientCall = parent.IsInClientCall || request is { ClientCall: not null };
            IsInReportedRequest = parent.IsInReportedRequest || request is { IsReporter: true } or { IsReportedElsewhere: true };
            parent.Adopt(this);
        }
    }

    private Step(Step original, string name)
    {
        Trace = original.Trace;
        _name = name;
        _type = (byte)StepType.UserCall;
        Context = original.Context;
        _extras = original._extras;
        _startTimestamp = original._startTimestamp;
    }

    /// <summary>The step's name. Default for a call through an interface: the interface and the method, <c>IAnswerService.AnswerAsync</c>.</summary>
    public string Name
    {
        get => _name;
        set => _name = Trace.Capture.CaptureName(value);
    }

    /// <summary>The step's id: a random UUID, in the form <c>xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx</c>.</summary>
    public string Id => FixedId ?? RandomId.ToString();

    /// <summary>The step's type.</summary>
    public StepType Type => (StepType)_type;

    /// <summary>
    /// The inputs, by parameter name. Composite values are returned as <see cref="System.Text.Json.JsonElement"/>. Setting the property
    /// replaces all inputs; it throws <see cref="ArgumentNullException"/> for null. Default: empty.
    /// </summary>
    public IDictionary<string, object?> Inputs
    {
        get => InputValues;
        set => Replace(InputValues, value);
    }

    /// <summary>
    /// The output. Null until it is set or the call returns. A value that is set during a traced call is not replaced by the call's result.
    /// Composite values are returned as <see cref="System.Text.Json.JsonElement"/>.
    /// </summary>
    public object? Output
    {
        get => CapturedDictionary.ToPublicValue(_output);
        set
        {
            _output = Capture(value, inPlaceOf: _output);
            HasOutput = true;
        }
    }

    /// <summary>The expected output, to compare <see cref="Output"/> with. Default: null.</summary>
    public object? GroundTruth
    {
        get => CapturedDictionary.ToPublicValue(CapturedGroundTruth);
        set => Extras.GroundTruth = Capture(value, inPlaceOf: CapturedGroundTruth);
    }

    /// <summary>
    /// Additional values, by name. The root's metadata becomes columns of the row. Setting the property replaces all values; it throws
    /// <see cref="ArgumentNullException"/> for null. Default: empty.
    /// </summary>
    public IDictionary<string, object?> Metadata
    {
        get => MetadataValues;
        set => Replace(MetadataValues, value);
    }

    /// <summary>The wall-clock time at which the step was opened, in UTC.</summary>
    public DateTimeOffset StartTime => _extras?.Times?.Start ?? Trace.WallClock(_startTimestamp);

    /// <summary>The time at which the step ended: <see cref="StartTime"/> plus <see cref="Latency"/>. Null while the step is open.</summary>
    public DateTimeOffset? EndTime => !HasEnded ? null : _extras?.Times?.End ?? Trace.WallClock(Volatile.Read(ref _endTimestamp));

    /// <summary>The duration of the step, measured by a monotonic clock. While the step is open, the time elapsed so far.</summary>
    public TimeSpan Latency
    {
        get
        {
            if (_extras?.Times is { } times)
            {
                return times.End - times.Start;
            }

            var end = Volatile.Read(ref _endTimestamp);
            return Trace.Elapsed(_startTimestamp, end == Open ? Trace.Now() : end);
        }
    }

    /// <summary>The steps opened while this one was the ambient step, in the order of their opening. Each read returns a new copy.</summary>
    public IReadOnlyList<Step> Steps => Children;

    /// <summary>The attachments of <see cref="Attach"/>, in order, as they were recorded. Each read returns a new copy. Default: empty.</summary>
    public IReadOnlyList<Attachment> Attachments => _extras is null ? [] : Array.ConvertAll(_extras.Attachments, static attached => attached.Attachment);

    /// <summary>The step and all steps below it, in no particular order. Does not recurse: steps nest as deep as calls do.</summary>
    internal IEnumerable<Step> SelfAndDescendants()
    {
        var steps = new Stack<Step>([this]);
        while (steps.TryPop(out var step))
        {
            yield return step;
            foreach (var child in step.Children)
            {
                steps.Push(child);
            }
        }
    }

    /// <summary>A copy of the children, in the order of their opening.</summary>
    internal Step[] Children
    {
        get
        {
            var children = Volatile.Read(ref _children);
            if (children is Step[] merged)
            {
                return [.. merged];
            }

            var last = (Step?)children;
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

    /// <summary>The id of the root, or one that was given. Null for other steps, whose id is <see cref="RandomId"/>.</summary>
    internal string? FixedId => ReferenceEquals(Trace.Root, this) ? Trace.Origin.RootId : _extras?.RecordedId;

    /// <summary>The id of a step without a <see cref="FixedId"/>.</summary>
    internal Guid RandomId => StepId.Of(Trace.IdHalf, IdHalf);

    internal OpenlayerTrace Trace { get; }

    /// <summary>What flows with the execution contexts of the code that runs under this step.</summary>
    internal StepContext Context { get; }

    /// <summary>The time of the step's last event: its end, or its start while it is open.</summary>
    internal long LastTimestamp => Volatile.Read(ref _endTimestamp) is var end && end != Open ? end : _startTimestamp;

    /// <summary>Whether this step is a call of a traced function, which the wire format marks with <c>has_guardrails</c>.</summary>
    internal bool IsCall { get; init; }

    /// <summary>Whether the step is within a call of a recognised model client.</summary>
    internal bool IsInClientCall { get; }

    /// <summary>Whether the step is within a request to a model that is reported to OpenTelemetry.</summary>
    internal bool IsInReportedRequest { get; }

    /// <summary>Whether a guardrail modified or blocked the inputs, so that those of a step below do not take their place.</summary>
    internal bool IsInputGuarded { get; set; }

    /// <summary>Whether a guardrail modified or blocked the output, so that that of a step below does not take its place.</summary>
    internal bool IsOutputGuarded { get; set; }

    /// <summary>Whether telemetry was notified of the step's start, and is to be of its end.</summary>
    internal bool IsObserved { get; set; }

    /// <summary>The span that stands for this step in OpenTelemetry. Null if nobody listens.</summary>
    internal Activity? Span
    {
        get => _extras?.Span;
        set
        {
            if (value is not null || _extras is not null)
            {
                Extras.Span = value;
            }
        }
    }

    /// <summary>The class of the exception that the step failed with. Null if none was recorded.</summary>
    internal string? FailureType => _extras?.FailureType;

    /// <summary>The invocation that opened this step, until it returns. If it reaches the interceptor twice, it still opens one step.</summary>
    internal object? Invocation { get; set; }

    internal bool HasEnded => Volatile.Read(ref _endTimestamp) != Open;

    internal bool HasOutput { get; private set; }

    internal object? CapturedOutput => _output;

    internal object? CapturedGroundTruth => _extras?.GroundTruth;

    internal (Attachment Attachment, CapturedJson Captured)[] CapturedAttachments => _extras?.Attachments ?? [];

    internal CapturedEntries CapturedInputs
    {
        get
        {
            var inputs = Volatile.Read(ref _inputs);
            return inputs is CapturedDictionary known ? known.Captured
                : EntriesOf(inputs);
        }
    }

    internal bool HasMetadata => _metadata is not null;

    internal KeyValuePair<string, object?>[] CapturedMetadata => _metadata?.Captured ?? [];

    private CapturedDictionary InputValues
    {
        get
        {
            var inputs = Volatile.Read(ref _inputs);
            if (inputs is CapturedDictionary known)
            {
                return known;
            }

            var collected = new CapturedDictionary(Trace, EntriesOf(inputs));
            return Interlocked.CompareExchange(ref _inputs, collected, inputs) as CapturedDictionary ?? collected;
        }
    }

    private long IdHalf => StepId.Half(ref _idHalf);

    private StepExtras Extras => _extras ?? Interlocked.CompareExchange(ref _extras, new(), null) ?? _extras;

    private CapturedDictionary MetadataValues => _metadata ?? Interlocked.CompareExchange(ref _metadata, new(Trace), null) ?? _metadata;

    /// <summary>
    /// Stores the exception's message as the metadata <c>Exceptions</c>. The trace has failed then, unless the exception is a cancellation: see
    /// <see cref="OpenlayerOptions.KeepFailures"/>. Traced calls do this themselves; call it in code within
    /// <see cref="OpenlayerTracer.StartStep"/>.
    /// </summary>
    /// <param name="exception">The exception.</param>
    /// <exception cref="ArgumentNullException"><paramref name="exception"/> is null.</exception>
    public void RecordException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Extras.FailureType = exception.GetType().FullName;
        if (IsFailure(exception))
        {
            Trace.Origin.HasFailed = true;
        }

        Metadata[Exceptions] = exception is AggregateException { InnerExceptions.Count: > 0 } several
            ? string.Join("; ", several.InnerExceptions.Select(Message))
            : Message(exception);
    }

    /// <summary>
    /// Attaches a file, an image or audio to the step. Its bytes are read now, on the calling thread: name, media type, size and checksum are
    /// recorded, and the bytes are kept only if <see cref="AttachmentOptions.Upload"/> is true. An attachment that cannot be read is logged and
    /// left out. Does nothing on a step that is not recorded.
    /// </summary>
    /// <param name="attachment">The attachment. The same one can be attached to several steps.</param>
    /// <exception cref="ArgumentNullException"><paramref name="attachment"/> is null.</exception>
    public void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (!Trace.IsRecorded || Trace.IsComplete
            || Trace.Capture.Attachments.Record(attachment, readsStreams: true) is not { } recorded)
        {
            return;
        }

        if (Trace.Capture.Capture(recorded) is not CapturedJson captured || !Trace.TryAddBytes(CapturedSize.Of(captured)))
        {
            recorded.Held?.Release();
            return;
        }

        lock (Extras)
        {
            Extras.Attachments = [.. Extras.Attachments, (recorded.Attachment, captured)];
        }
    }

    /// <summary>Records a failure of which only the exception's class and message are known.</summary>
    internal void RecordFailure(string? exceptionType, string message)
    {
        Extras.FailureType = exceptionType ?? "_OTHER";
        Trace.Origin.HasFailed = true;
        Metadata[Exceptions] = message;
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

    /// <summary>A captured value of the metadata, by a name of the library. Null if there is none.</summary>
    internal object? CapturedMetadataValue(string name) => _metadata is { } metadata && metadata.TryGetKnown(name, out var captured) ? captured : null;

    /// <summary>Sets the inputs to captured values. The step must have no inputs yet.</summary>
    /// <param name="names">The names. Not copied: the caller must not change the array.</param>
    /// <param name="captured">The values. Not copied: the caller must not change the array.</param>
    internal void SetCapturedInputs(string[] names, object?[] captured)
    {
        var bytes = 0L;
        foreach (var value in captured)
        {
            bytes += CapturedSize.Of(value);
        }

        if (!HasRoomFor(bytes))
        {
            Array.Fill(captured, TraceLimit);
        }

        _inputNames = names;
        _inputs = captured;
    }

    /// <summary>Sets the only input to a captured value. The step must have no inputs yet.</summary>
    /// <param name="names">The input's name. Not copied: the caller must not change the array.</param>
    /// <param name="captured">The value.</param>
    internal void SetCapturedInput(string[] names, object? captured)
    {
        _inputNames = names;
        _inputs = HasRoomFor(CapturedSize.Of(captured)) ? captured : TraceLimit;
    }

    /// <summary>Copies the inputs of a step that stands for an earlier run of the same work.</summary>
    internal void CopyInputs(Step from)
    {
        foreach (var (name, captured) in from.CapturedInputs)
        {
            InputValues.SetCaptured(name, captured);
        }
    }

    /// <summary>Sets the name to one that has no secret.</summary>
    internal void SetKnownName(string name) => _name = name;

    /// <summary>Sets the pipeline of the trace, if this is its root. Does nothing for null.</summary>
    internal void SetPipelineOfRoot(string? inferencePipelineId)
    {
        if (inferencePipelineId is not null && ReferenceEquals(Trace.Root, this))
        {
            Trace.InferencePipelineId = inferencePipelineId;
        }
    }

    /// <summary>Sets the id and the times of a step that is recorded from data.</summary>
    /// <param name="id">The id. Null for a random one.</param>
    /// <param name="start">The start.</param>
    /// <param name="end">The end.</param>
    internal void SetRecorded(string? id, DateTimeOffset start, DateTimeOffset end)
    {
        Extras.Times = (start, end);
        if (id is null)
        {
            return;
        }

        id = Trace.Capture.CaptureName(id);
        if (ReferenceEquals(Trace.Root, this))
        {
            Trace.Origin.RecordedRootId = id;
        }
        else
        {
            Extras.RecordedId = id;
        }
    }

    /// <summary>Adds a captured value to the metadata.</summary>
    internal void AddCapturedMetadata(string name, object? captured) => MetadataValues.SetCaptured(name, captured);

    /// <summary>Adds a note of the library to the metadata, even if the trace has no room.</summary>
    internal void Note(string name, object value) => MetadataValues.SetNote(name, value);

    /// <summary>Sets the output to a captured value, unless the step has an output.</summary>
    internal void SetCapturedOutput(object? captured)
    {
        if (!HasOutput)
        {
            _output = HasRoomFor(CapturedSize.Of(captured)) ? captured : TraceLimit;
            HasOutput = true;
        }
    }

    /// <summary>Adds what is to be uploaded of the step's values.</summary>
    internal virtual void CollectAttachments(TraceExtras trace)
    {
        if (Volatile.Read(ref _inputs) is CapturedDictionary or object[])
        {
            foreach (var (_, captured) in CapturedInputs)
            {
                trace.AddHeld(captured);
            }
        }
        else
        {
            trace.AddHeld(_inputs);
        }

        trace.AddHeld(_output);
        trace.AddHeld(CapturedGroundTruth);
        foreach (var (_, captured) in CapturedMetadata)
        {
            trace.AddHeld(captured);
        }

        foreach (var (_, captured) in CapturedAttachments)
        {
            trace.AddHeld(captured);
        }
    }

    /// <summary>Returns the same step as an ordinary call, for a client layer that made no single request of its own.</summary>
    internal Step AsUserCall(string name)
    {
        return new Step(this, name)
        {
            _endTimestamp = Volatile.Read(ref _endTimestamp),
            _idHalf = IdHalf,
            _inputNames = _inputNames,
            _inputs = _inputs,
            _metadata = _metadata,
            _output = _output,
            _children = _children,
            HasOutput = HasOutput,
            IsCall = true,
        };
    }

    /// <summary>Replaces the children. Only for a complete trace.</summary>
    /// <param name="children">The new children, in the order of their opening.</param>
    internal void SetChildren(IEnumerable<Step> children) => Volatile.Write(ref _children, children.ToArray());

    /// <summary>Releases the step and its descendants from the execution contexts that outlive the trace. Only for a complete trace.</summary>
    internal void ReleaseContexts(TraceOrigin origin) => ReleaseContexts(origin, depth: 0);

    /// <summary>Takes the inputs of one step and the output of another one.</summary>
    internal void TakeValues(Step first, Step last)
    {
        CopyInputs(first);
        _output = last._output;
        HasOutput = last.HasOutput;
    }

    /// <summary>Copies the inputs, output and metadata that this step lacks.</summary>
    internal void FillValuesFrom(Step inner)
    {
        if (CapturedInputs.Length == 0 && !IsInputGuarded)
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

        if (!IsOutputGuarded)
        {
            _output ??= inner._output;
        }

        if (!IsInputGuarded && !IsOutputGuarded && inner.CapturedAttachments is { Length: > 0 } attachments)
        {
            Extras.Attachments = [.. Extras.Attachments, .. attachments];
        }

        // A streamed response below may end after the call has returned.
        if (inner._endTimestamp > _endTimestamp)
        {
            _endTimestamp = inner._endTimestamp;
        }
    }

    /// <summary>Ends the step. Further calls do nothing.</summary>
    internal void End()
    {
        if (Interlocked.CompareExchange(ref _endTimestamp, Trace.Now(), Open) == Open)
        {
            if (IsObserved)
            {
                Trace.Telemetry!.Ended(this);
            }

            Trace.StepEnded();
        }
    }

    /// <summary>Ends the step, or, if it has ended, moves its end to now: for work that is done in parts, and may stop after any of them.</summary>
    internal void EndOrProlong()
    {
        if (HasEnded)
        {
            Volatile.Write(ref _endTimestamp, Trace.Now());
        }
        else
        {
            End();
        }
    }

    /// <summary>Captures a value that replaces another one.</summary>
    private protected object? Capture(object? value, object? inPlaceOf)
    {
        var captured = Trace.Capture.Capture(value);
        Trace.TryAddBytes(-CapturedSize.Of(inPlaceOf));
        return Trace.TryAddBytes(CapturedSize.Of(captured)) ? captured : TraceLimit;
    }

    private bool HasRoomFor(long bytes) => bytes <= UncountedBytes || Trace.TryAddBytes(bytes);

    private CapturedEntries EntriesOf(object? captured) => _inputNames is { } names ? CapturedEntries.Of(names, captured) : default;

    private void ReleaseContexts(TraceOrigin origin, int depth)
    {
        Context.Release(origin);
        for (var child = _children as Step; child is not null; child = child._previousSibling)
        {
            if (depth < MaxRecursion)
            {
                child.ReleaseContexts(origin, depth + 1);
            }
            else
            {
                child.ReleaseDeepContexts(origin);
            }
        }
    }

    private void ReleaseDeepContexts(TraceOrigin origin)
    {
        var steps = new Stack<Step>([this]);
        while (steps.TryPop(out var step))
        {
            step.Context.Release(origin);
            for (var child = step._children as Step; child is not null; child = child._previousSibling)
            {
                steps.Push(child);
            }
        }
    }

    private static bool IsFailure(Exception exception) => exception switch
    {
        OperationCanceledException => exception.InnerException is TimeoutException,
        AggregateException { InnerExceptions: { Count: > 0 } several } => several.Any(IsFailure),
        _ => true,
    };

    private static string Message(Exception exception)
    {
        try
        {
            return exception is AggregateException || ExceptionMessage.HasEffect(exception) ? ExceptionMessage.Of(exception) : exception.Message;
        }
        catch
        {
            // An exception may compute its message, and that can throw.
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
        object? last;
        do
        {
            last = Volatile.Read(ref _children);

            // An array only in a complete trace, which opens no steps.
            child._previousSibling = Unsafe.As<Step>(last);
        }
        while (Interlocked.CompareExchange(ref _children, child, last) != last);
    }
}
