using Openlayer.Interception.Capture;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// One enumeration of a stream that a traced call returned, and its step. The step ends with the enumeration, or when nobody has read
/// on for <see cref="OpenlayerOptions.StreamGracePeriod"/>.
/// </summary>
internal sealed class TracedStream<T> : StreamObserver<T>, IOpenStream
{
    private readonly OpenlayerTracer _tracer;
    private readonly TracedMethod _method;
    private readonly Step _step;
    private readonly StreamCapture<T> _produced;
    private readonly ResponseReader? _response;
    private readonly LinkedListNode<IOpenStream> _whileOpen;
    private readonly bool _isOutputRecorded;
    private double? _timeToFirstToken;
    private long _lastRead;
    private long _items;
    private bool _isBeingRead;
    private bool _wasRead;
    private bool _wasReadSinceLastCheck;
    private int _ended;

    public TracedStream(OpenlayerTracer tracer, TracedMethod method, Step step, ResponseReader? response)
    {
        _tracer = tracer;
        _method = method;
        _step = step;
        _produced = new StreamCapture<T>(tracer.Capture, tracer.Settings.Capture, method.LastStreamLength);
        _response = response;
        _isOutputRecorded = tracer.Settings.Capture.Outputs && !method.Description.IsResultRedacted;
        _lastRead = tracer.TimeProvider.GetTimestamp();
        _whileOpen = method.OpenStreams.Add(this);
    }

    public override AmbientScope Scope => new(_tracer.Ambient, _step);

    public override void Asked()
    {
        _wasRead = true;
        _wasReadSinceLastCheck = true;
        _isBeingRead = true;
    }

    public override void Produced(T item)
    {
        _isBeingRead = false;
        if (Volatile.Read(ref _ended) != 0)
        {
            // It was given up as abandoned, and is read on all the same.
            return;
        }

        _items++;
        if (_response is not null)
        {
            AddToResponse(item);
        }

        // Of a response whose items say nothing that can be read, the items themselves are the output.
        if (_isOutputRecorded && _response is not { HasContent: true })
        {
            _produced.Add(item);
        }
    }

    public override void Ended(StreamEnd end, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        _method.OpenStreams.Remove(_whileOpen);
        _method.LastStreamLength = _items;

        // A request that failed before anything came has no output, streamed or not.
        var isResponse = _response is null || _items > 0;
        if (_response is not null && isResponse)
        {
            RecordResponse(_response);
        }

        if (_tracer.Settings.Capture.Outputs && isResponse)
        {
            _step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _produced.ToCaptured());
        }

        if (exception is not null)
        {
            _step.RecordException(exception);
            if (_response is not null)
            {
                ProviderError.Record(_step, exception, _tracer.Faults);
            }
        }

        if (Note(end) is { } note)
        {
            _step.Metadata["streamEnded"] = note;
            _step.Metadata["streamItems"] = _items;
        }

        _step.End();
    }

    public void EndIfIdle(long now, TimeSpan gracePeriod)
    {
        if (_isBeingRead || _wasReadSinceLastCheck)
        {
            _wasReadSinceLastCheck = false;
            _lastRead = now;
        }
        else if (_tracer.TimeProvider.GetElapsedTime(_lastRead, now) >= gracePeriod)
        {
            Ended(StreamEnd.Abandoned);
        }
    }

    public override StreamObserver<T> Again()
    {
        if (!_tracer.Enabled)
        {
            return new SuppressedStream<T>(_tracer);
        }

        var description = _method.Description;
        var step = _tracer.Open(_tracer.Ambient.Current, description.Name, description.StepType, isCall: description.Model is null);
        if (ReferenceEquals(step, _tracer.SuppressedStep))
        {
            return new SuppressedStream<T>(_tracer);
        }

        step.CopyInputs(_step);
        if (_step is ModelStep request && step is ModelStep sameRequest)
        {
            sameRequest.CopyRequestFrom(request);
        }

        return new TracedStream<T>(_tracer, _method, step, _response?.ForNextEnumeration());
    }

    private void AddToResponse(T item)
    {
        if (item is null)
        {
            return;
        }

        using var suppression = _tracer.Ambient.Suppress();
        try
        {
            if (_response!.Add(item))
            {
                _timeToFirstToken ??= _step.Latency.TotalMilliseconds;
            }
        }
        catch (Exception)
        {
            _method.Description.Model!.ReportUnrecognized(item.GetType(), _step, _tracer.Faults);
        }
    }

    private void RecordResponse(ResponseReader response)
    {
        try
        {
            response.WriteTo(_step, _isOutputRecorded);
            if (_isOutputRecorded && _step is ModelStep request)
            {
                request.RawOutput = response.ToRawOutput();
            }

            if (_timeToFirstToken is { } milliseconds)
            {
                _step.Metadata[ModelStep.TimeToFirstToken] = milliseconds;
            }

            if (_items > 0 && !response.HasData)
            {
                _method.Description.Model!.ReportUnrecognized(typeof(T), _step, _tracer.Faults);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report(ModelClientEvents.ResponseNotRecorded, exception);
        }
    }

    private string? Note(StreamEnd end) => end switch
    {
        StreamEnd.Exhausted => null,
        StreamEnd.Failed => "failed",
        StreamEnd.Canceled => "cancelled",
        StreamEnd.LeftEarly => "left early",
        _ => _wasRead ? "abandoned" : "never read",
    };
}
