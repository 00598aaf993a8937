using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Interception;
using Openlayer.Interception.Providers;

namespace Openlayer.Interception.Calls;

/// <summary>One call of a traced method, and its step.</summary>
internal readonly struct TracedCall : ICallObserver
{
    private readonly OpenlayerTracer _tracer;
    private readonly TracedMethod _method;

    // Where the method is a model client's: what reads the response.
    private readonly ModelResponse? _response;
    private readonly bool _isProducerObserved;

    private TracedCall(OpenlayerTracer tracer, TracedMethod method, Step step, ModelResponse? response, bool isProducerObserved = false)
    {
        _tracer = tracer;
        _method = method;
        _response = response;
        _isProducerObserved = isProducerObserved;
        Step = step;
    }

    /// <summary>The call's step; the tracer's silence where the call is not recorded.</summary>
    public Step Step { get; }

    private bool IsSilent => ReferenceEquals(Step, _tracer.Silence);

    /// <summary>Opens the step of a call and records its inputs. Where that fails the call is not recorded.</summary>
    public static TracedCall Open(OpenlayerTracer tracer, TracedMethod method, IInvocation invocation, Step? parent)
    {
        Step? step = null;
        ModelResponse? response = null;
        try
        {
            var description = method.Description;
            step = IsLeftOut(tracer, description, parent)
                ? tracer.Silence
                : tracer.Open(parent, description.Name, description.StepType, isCall: description.Model is null);
            if (!ReferenceEquals(step, tracer.Silence))
            {
                step.Invocation = invocation;
                response = description.Model?.OpenResponse(invocation.Arguments);
                var isRead = description.Model is { } model && ModelRequest.Record(tracer, description, model, step, invocation);
                RecordInputs(tracer, step, description.Parameters, invocation.Arguments, asInputs: !isRead);
            }
        }
        catch (Exception exception)
        {
            tracer.Faults.Report("Inputs could not be recorded.", exception);
        }

        return new TracedCall(tracer, method, step ?? tracer.Silence, response);
    }

    /// <summary>Has the function observed that makes the stream of a result which cannot be: the call ends with that stream.</summary>
    public TracedCall ObserveProducer(IInvocation invocation, ParameterInfo parameter)
    {
        try
        {
            if (ProducerWrapping.For(parameter.ParameterType) is { } wrapping && invocation.Arguments[parameter.Position] is { } producer)
            {
                invocation.SetArgumentValue(parameter.Position, wrapping.Wrap(producer, this));
                return new TracedCall(_tracer, _method, Step, _response, isProducerObserved: true);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("A stream could not be observed; its step ends where the call returns.", exception);
        }

        return this;
    }

    public TResult Succeeded<TResult>(TResult result)
    {
        if (_isProducerObserved)
        {
            return result;
        }

        if (_method.Stream is { } stream && result is not null && WrapStream(stream, result) is TResult wrapped)
        {
            return wrapped;
        }

        if (!IsSilent)
        {
            RecordOutput(result);
            Step.End();
        }

        return result;
    }

    public void Failed(Exception exception)
    {
        if (!IsSilent)
        {
            Step.RecordException(exception);
            if (_response is not null)
            {
                ProviderFailure.Record(Step, exception, _tracer.Faults);
            }

            Step.End();
        }
    }

    public StreamObserver<T> OpenStream<T>() =>
        IsSilent ? new SilentStream<T>(_tracer) : new TracedStream<T>(_tracer, _method.Description, Step, _response);

    /// <summary>Records what a method has written to its <c>ref</c> and <c>out</c> parameters.</summary>
    public void RecordOutArguments(object?[] arguments)
    {
        if (IsSilent || !_tracer.Options.Capture.Outputs)
        {
            return;
        }

        Dictionary<string, object?>? values = null;
        foreach (var parameter in _method.Description.Parameters)
        {
            if (parameter.IsOutput)
            {
                values ??= [];
                values[parameter.Name] = parameter.IsRedacted ? ValueCapture.Redacted : arguments[parameter.Position];
            }
        }

        if (values is not null)
        {
            Step.Metadata["outArguments"] = values;
        }
    }

    // A request to a model that no step is around.
    private static bool IsLeftOut(OpenlayerTracer tracer, MethodDescription description, Step? parent) =>
        parent is null
        && !tracer.Options.TraceOrphanModelCalls
        && description is { Model: not null, StepType: StepType.ChatCompletion or StepType.Embedding };

    private static void RecordInputs(OpenlayerTracer tracer, Step step, ParameterDescription[] parameters, object?[] arguments, bool asInputs)
    {
        if (!tracer.Options.Capture.Inputs)
        {
            return;
        }

        foreach (var parameter in parameters)
        {
            if (!parameter.IsInput)
            {
                continue;
            }

            var captured = parameter.IsRedacted
                ? ValueCapture.Redacted
                : tracer.Capture.Capture(parameter.Name, arguments[parameter.Position]);
            if (asInputs)
            {
                step.AddCapturedInput(parameter.Name, captured);
            }

            if (parameter.IsContext)
            {
                step.Trace.Context = captured;
                step.AddCapturedMetadata("context", captured);
            }

            if (parameter.IsQuestion)
            {
                step.Trace.Question = captured;
                step.AddCapturedMetadata("_question", captured);
            }

            if (parameter.PromotedColumn is { } column)
            {
                step.Trace.SetCapturedColumn(column, captured);
            }
        }
    }

    private void RecordOutput<TResult>(TResult result)
    {
        try
        {
            if (_response is not null && result is not null && !_method.Description.Model!.Operation.IsAnsweredBelow)
            {
                RecordResponse(_response, result);
            }

            // A response that is read below, or that only a layer further out can read, is no output.
            if (!_tracer.Options.Capture.Outputs
                || _method.Description.Model?.Operation is { IsAnsweredBelow: true }
                || (_response is { IsRead: false } && Step.IsInClientCall))
            {
                return;
            }

            Step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _tracer.Capture.Capture(result));
            if (result is not null)
            {
                PromotedProperties.Of(result.GetType()).Promote(result, Step.Trace, _tracer);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("An output could not be recorded.", exception);
        }
    }

    private void RecordResponse(ModelResponse response, object result)
    {
        var model = _method.Description.Model!;
        var isRecorded = _tracer.Options.Capture.Outputs && !_method.Description.IsResultRedacted;
        ICaptureGuard guard = _tracer;
        var entered = guard.Enter();
        try
        {
            response.Add(result);
            response.WriteTo(Step, isRecorded);
        }
        catch (Exception)
        {
            // Said below: what is not found and what cannot be read come to the same.
        }
        finally
        {
            guard.Leave(entered);
        }

        if (Step is ModelStep request && isRecorded)
        {
            request.RawOutput = model.ReadRaw(result, _tracer);
        }

        if (!response.IsRead)
        {
            model.ReportUnread(result.GetType(), Step, _tracer.Faults);
        }
    }

    private object? WrapStream(StreamWrapping stream, object result)
    {
        try
        {
            return stream.Wrap(result, this);
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("A stream could not be wrapped; its step ends where the call returns.", exception);
            return null;
        }
    }
}
