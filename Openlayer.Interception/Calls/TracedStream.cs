using Openlayer.Interception.Capture;
using Openlayer.Interception.Interception;
using Openlayer.Interception.Providers;

namespace Openlayer.Interception.Calls;

/// <summary>
/// One enumeration of a stream that a traced call returned, and its step. The step ends with the enumeration, or when nobody has read
/// on for <see cref="OpenlayerOptions.StreamGracePeriod"/>.
/// </summary>
internal sealed class TracedStream<T> : StreamObserver<T>
{
    private readonly OpenlayerTracer _tracer;
    private readonly MethodDescription _description;
    private readonly Step _step;
    private readonly StreamCapture<T> _produced;
    private readonly ModelResponse? _response;
    private readonly ITimer _idleTimer;
    private double? _timeToFirstToken;
    private long _items;
    private bool _isBeingRead;
    private bool _wasRead;
    private bool _wasReadSinceLastCheck;
    private int _ended;

    public TracedStream(OpenlayerTracer tracer, MethodDescription description, Step step, ModelResponse? response)
    {
        _tracer = tracer;
        _description = description;
        _step = step;
        _produced = new StreamCapture<T>(tracer.Capture, tracer.Options.Capture);
        _response = response;
        _idleTimer = StartIdleTimer(tracer.TimeProvider, tracer.Options.StreamGracePeriod);
    }

    public override object? Enter()
    {
        _wasRead = true;
        _wasReadSinceLastCheck = true;
        _isBeingRead = true;
        var previous = _tracer.Ambient;
        _tracer.Enter(_step);
        return previous;
    }

    public override void Leave(object? entered) => _tracer.Leave((Step?)entered);

    public override void Produced(T item)
    {
        _isBeingRead = false;
        _items++;
        if (_response is not null)
        {
            AddToResponse(item);
        }

        // Of a response whose items say nothing that can be read, the items themselves are the output.
        if (IsOutputRecorded && _response is not { HasContent: true })
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

        _idleTimer.Dispose();
        if (_response is not null)
        {
            RecordResponse(_response);
        }

        if (_tracer.Options.Capture.Outputs)
        {
            _step.SetCapturedOutput(_description.IsResultRedacted ? ValueCapture.Redacted : _produced.ToCaptured());
        }

        if (exception is not null)
        {
            _step.RecordException(exception);
            if (_response is not null)
            {
                ProviderFailure.Record(_step, exception, _tracer.Faults);
            }
        }

        if (Note(end) is { } note)
        {
            _step.Metadata["streamEnded"] = note;
            _step.Metadata["streamItems"] = _items;
        }

        _step.End();
    }

    public override StreamObserver<T> Again()
    {
        if (!_tracer.Enabled)
        {
            return new SilentStream<T>(_tracer);
        }

        var step = _tracer.Open(_tracer.Ambient, _description.Name, _description.StepType, isCall: _description.Model is null);
        if (ReferenceEquals(step, _tracer.Silence))
        {
            return new SilentStream<T>(_tracer);
        }

        foreach (var (name, captured) in _step.CapturedInputs)
        {
            step.AddCapturedInput(name, captured);
        }

        if (_step is ModelStep request && step is ModelStep sameRequest)
        {
            sameRequest.Repeat(request);
        }

        return new TracedStream<T>(_tracer, _description, step, _response?.Again());
    }

    private bool IsOutputRecorded => _tracer.Options.Capture.Outputs && !_description.IsResultRedacted;

    private void AddToResponse(T item)
    {
        if (item is null)
        {
            return;
        }

        ICaptureGuard guard = _tracer;
        var entered = guard.Enter();
        try
        {
            if (_response!.Add(item))
            {
                _timeToFirstToken ??= _step.Latency.TotalMilliseconds;
            }
        }
        catch (Exception)
        {
            _description.Model!.ReportUnread(item.GetType(), _step, _tracer.Faults);
        }
        finally
        {
            guard.Leave(entered);
        }
    }

    private void RecordResponse(ModelResponse response)
    {
        try
        {
            response.WriteTo(_step, IsOutputRecorded);
            if (IsOutputRecorded && _step is ModelStep request)
            {
                request.RawOutput = response.ToRawOutput();
            }

            if (_timeToFirstToken is { } milliseconds)
            {
                _step.Metadata[ModelStep.TimeToFirstToken] = milliseconds;
            }

            if (_items > 0 && !response.IsRead)
            {
                _description.Model!.ReportUnread(typeof(T), _step, _tracer.Faults);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("A model's response could not be recorded.", exception);
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

    private ITimer StartIdleTimer(TimeProvider timeProvider, TimeSpan period)
    {
        // The timer must not keep the ambient state of the call alive.
        var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            return timeProvider.CreateTimer(static stream => ((TracedStream<T>)stream!).EndIfIdle(), this, period, period);
        }
        finally
        {
            flow?.Undo();
        }
    }

    private void EndIfIdle()
    {
        if (_isBeingRead || _wasReadSinceLastCheck)
        {
            _wasReadSinceLastCheck = false;
        }
        else
        {
            Ended(StreamEnd.Abandoned);
        }
    }
}
