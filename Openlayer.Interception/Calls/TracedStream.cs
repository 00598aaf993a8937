using Openlayer.Interception.Capture;
using Openlayer.Interception.Interception;
using Openlayer.Interception.Providers;
using Openlayer.Interception.Tracing;

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
    private object? _lastSwitch;
    private long _items;
    private bool _isBeingRead;
    private bool _wasRead;
    private bool _wasReadSinceLastCheck;
    private int _ended;

    public TracedStream(OpenlayerTracer tracer, MethodDescription description, Step step)
    {
        _tracer = tracer;
        _description = description;
        _step = step;
        _produced = new StreamCapture<T>(tracer.Capture, tracer.Options.Capture);
        _response = description.Model is { } model && step is ModelStep ? new ModelResponse(model.Operation) : null;
        _idleTimer = StartIdleTimer(tracer.TimeProvider, tracer.Options.StreamGracePeriod);
    }

    public override object Enter() => _lastSwitch = _tracer.Ambient.EnterAgain(_step, _lastSwitch);

    public override void Leave(object entered) => _tracer.Ambient.Leave((AmbientStep.Switch)entered);

    public override void Asked()
    {
        _wasRead = true;
        _wasReadSinceLastCheck = true;
        _isBeingRead = true;
    }

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
            RecordResponse(_response, (ModelStep)_step);
        }

        if (_tracer.Options.Capture.Outputs)
        {
            _step.SetCapturedOutput(_description.IsResultRedacted ? ValueCapture.Redacted : _produced.ToCaptured());
        }

        if (exception is not null)
        {
            _step.RecordException(exception);
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

        var step = _tracer.Open(_tracer.Ambient.Current, _description.Name, _description.StepType, isCall: _description.Model is null);
        if (ReferenceEquals(step, _tracer.Silence))
        {
            return new SilentStream<T>(_tracer);
        }

        step.CopyInputs(_step);
        if (_step is ModelStep request && step is ModelStep sameRequest)
        {
            sameRequest.Repeat(request);
        }

        return new TracedStream<T>(_tracer, _description, step);
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
        catch (Exception exception)
        {
            _tracer.Faults.Report("An item of a model's response could not be read.", exception);
        }
        finally
        {
            guard.Leave(entered);
        }
    }

    private void RecordResponse(ModelResponse response, ModelStep step)
    {
        try
        {
            response.WriteTo(step, IsOutputRecorded);
            if (IsOutputRecorded)
            {
                step.RawOutput = response.ToRawOutput();
            }

            if (_timeToFirstToken is { } milliseconds)
            {
                step.Metadata["timeToFirstToken"] = milliseconds;
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
