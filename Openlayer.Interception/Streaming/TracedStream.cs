using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Records one enumeration of a stream that a traced call returned. Its step ends with the enumeration, when the consumer has requested no
/// item for <see cref="OpenlayerOptions.StreamGracePeriod"/>, or when its trace is published without waiting for it.
/// </summary>
internal sealed class TracedStream<T> : StreamObserver<T>, IOpenStream
{
    private readonly StepSource _steps;
    private readonly StreamDescriptor _stream;
    private readonly StepContext _context;
    private readonly StreamCapture<T> _items;
    private readonly IStreamedResponse? _response;
    private readonly LinkedListNode<IOpenStream> _registration;
    private readonly bool _isOutputRecorded;
    private double? _timeToFirstToken;
    private long _lastRead;
    private long _count;
    private long _lastCount;
    private bool _isBeingRead;
    private bool _wasRead;
    private bool _wasReadSinceLastCheck;
    private int _ended;

    // Null when the trace was published without waiting for the stream, so that the stream does not keep it.
    private Step? _step;

    public TracedStream(StepSource steps, StreamDescriptor stream, Step step, IStreamedResponse? response)
        : base(steps.Log)
    {
        var capture = steps.Settings.Capture;
        _steps = steps;
        _stream = stream;
        _step = step;
        _context = step.Context;
        _items = new StreamCapture<T>(steps.Capture, capture, stream.LastLength, stream.Tuples);
        _response = response;
        _isOutputRecorded = capture.Outputs && !stream.IsRedacted;
        _lastRead = steps.TimeProvider.GetTimestamp();
        LastActivity = _lastRead;
        _registration = steps.OpenTraces.Add(this);
    }

    public override AmbientScope Scope => new(_steps.Ambient, _context);

    public Step? Step => _step;

    public long LastActivity { get; private set; }

    public override void OnMoveNext()
    {
        _wasRead = true;
        _wasReadSinceLastCheck = true;
        _isBeingRead = true;
    }

    public void EndIfIdle(long now)
    {
        var count = Interlocked.Read(ref _count);
        if (count != _lastCount)
        {
            _lastCount = count;
            LastActivity = now;
        }

        if (_isBeingRead || _wasReadSinceLastCheck)
        {
            _wasReadSinceLastCheck = false;
            _lastRead = now;
        }
        else if (_steps.TimeProvider.GetElapsedTime(_lastRead, now) >= _steps.Settings.StreamGracePeriod)
        {
            OnEnded(StreamEnd.Abandoned);
        }
    }

    public void EndWithTrace()
    {
        OnEnded(StreamEnd.StillOpen);
        _step = null;
    }

    protected override void RecordItem(T item)
    {
        _isBeingRead = false;
        if (Volatile.Read(ref _ended) != 0 || _step is not { } step)
        {
            // The step has ended, but the consumer continues to read.
            return;
        }

        _count++;
        if (_response is not null && item is not null)
        {
            AddToResponse(_response, item, step);
        }

        // If the items contain no recognised response, they are the output themselves.
        if (_isOutputRecorded && _response is not { HasContent: true })
        {
            _items.Add(item);
        }
    }

    protected override void RecordEnd(StreamEnd end, Exception? failure)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0 || _step is not { } step)
        {
            return;
        }

        _steps.OpenTraces.Remove(_registration);
        _stream.LastLength = _count;
        try
        {
            RecordOutput(step, end);
            if (failure is not null)
            {
                step.RecordException(failure);
                _response?.RecordFailure(step, failure);
            }

            if (Describe(end) is { } note)
            {
                step.Metadata["streamEnded"] = note;
                step.Metadata["streamItems"] = _count;
            }
        }
        finally
        {
            step.End();
        }
    }

    protected override StreamObserver<T> CreateNext()
    {
        Step? step = null;
        var context = _steps.IsEnabled
            ? _steps.Open(_steps.Ambient.Current, _stream.StepName, _stream.StepType, _stream.IsCall, out step)
            : StepContext.Suppressed();
        if (step is null)
        {
            return ReferenceEquals(context, _steps.Ambient.Current)
                ? new UnobservedStream<T>(new(_steps.Ambient, context), Log)
                : new UnsampledStream<T>(_steps);
        }

        step.SetPipelineOfRoot(_context.TraceIds?.InferencePipelineId);
        if (_step is { } first)
        {
            step.CopyInputs(first);
            if (first is ModelStep request && step is ModelStep sameRequest)
            {
                sameRequest.CopyRequestFrom(request);
            }
        }

        return new TracedStream<T>(_steps, _stream, step, _response?.ForNextEnumeration());
    }

    private void AddToResponse(IStreamedResponse response, T item, Step step)
    {
        using var suppression = DeferredSuppression.Begin(_steps.Ambient);

        // The trace can be published while the stream produces an item.
        lock (response)
        {
            if (response.Add(item!, step))
            {
                _timeToFirstToken ??= step.Latency.TotalMilliseconds;
            }
        }
    }

    private void RecordOutput(Step step, StreamEnd end)
    {
        // A request that fails before its first item has no output, whether it is streamed or not.
        if (_response is not null && _count == 0 && !(_response.CanBeEmpty && end == StreamEnd.Exhausted))
        {
            return;
        }

        if (_response is not null)
        {
            lock (_response)
            {
                _response.RecordTo(step, typeof(T), _isOutputRecorded);
            }

            if (_timeToFirstToken is { } milliseconds)
            {
                step.Metadata[ModelStep.TimeToFirstToken] = milliseconds;
            }
        }

        if (_steps.Settings.Capture.Outputs)
        {
            step.SetCapturedOutput(_stream.IsRedacted ? ValueCapture.Redacted : _items.ToCaptured());
        }
    }

    private string? Describe(StreamEnd end) => end switch
    {
        StreamEnd.Exhausted => null,
        StreamEnd.Failed => "failed",
        StreamEnd.Canceled => "cancelled",
        StreamEnd.LeftEarly => "left early",
        StreamEnd.StillOpen => "still open",
        _ => _wasRead ? "abandoned" : "never read",
    };
}
