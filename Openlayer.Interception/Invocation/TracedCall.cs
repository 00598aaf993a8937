using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>One call of a traced method, and its step.</summary>
internal readonly struct TracedCall : ICallObserver
{
    private readonly OpenlayerTracer _tracer;
    private readonly TracedMethod _method;

    // Where the method is a model client's: what reads the response.
    private readonly ResponseReader? _response;
    private readonly bool _isProducerObserved;

    private TracedCall(OpenlayerTracer tracer, TracedMethod method, Step step, ResponseReader? response, bool isProducerObserved = false)
    {
        _tracer = tracer;
        _method = method;
        _response = response;
        _isProducerObserved = isProducerObserved;
        Step = step;
    }

    /// <summary>The call's step; the tracer's silence where the call is not recorded.</summary>
    public Step Step { get; }

    private bool IsSuppressed => ReferenceEquals(Step, _tracer.SuppressedStep);

    /// <summary>Opens the step of a call and records its inputs. Where that fails the call is not recorded.</summary>
    public static TracedCall Open(OpenlayerTracer tracer, TracedMethod method, IInvocation invocation, Step? parent)
    {
        Step? step = null;
        ResponseReader? response = null;
        try
        {
            var description = method.Description;
            step = IsLeftOut(tracer, description, parent)
                ? tracer.SuppressedStep
                : tracer.Open(parent, description.Name, description.StepType, isCall: description.Model is null);
            if (!ReferenceEquals(step, tracer.SuppressedStep))
            {
                step.Invocation = invocation;
                var isRead = false;
                if (description.Model is { } model)
                {
                    (response, isRead) = ModelRequest.Record(tracer, description, model, step, parent, invocation);
                }

                RecordInputs(tracer, step, description, invocation.Arguments, asInputs: !isRead);
            }
        }
        catch (Exception exception)
        {
            tracer.Faults.Report(InvocationEvents.InputsNotRecorded, exception);
        }

        return new TracedCall(tracer, method, step ?? tracer.SuppressedStep, response);
    }

    /// <summary>Has the function observed that makes the stream of a result which cannot be: the call ends with that stream.</summary>
    public TracedCall ObserveProducer(IInvocation invocation, ParameterInfo parameter)
    {
        try
        {
            if (StreamFactoryWrapping.For(parameter.ParameterType) is { } wrapping && invocation.Arguments[parameter.Position] is { } producer)
            {
                invocation.SetArgumentValue(parameter.Position, wrapping.Wrap(producer, this));
                return new TracedCall(_tracer, _method, Step, _response, isProducerObserved: true);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report(ModelClientEvents.StreamFactoryNotObserved, exception);
        }

        return this;
    }

    /// <summary>The target has given control back, perhaps by throwing.</summary>
    public void Returned(Exception? failure)
    {
        if (!IsSuppressed)
        {
            Step.Invocation = null;
            if (failure is not null)
            {
                Failed(failure);
            }
        }
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

        if (_response is not null && result is not null && ObserveBody(_response, result))
        {
            return result;
        }

        Completed(result);
        return result;
    }

    public void Completed<TResult>(TResult result)
    {
        if (!IsSuppressed)
        {
            RecordOutput(result);
            Step.End();
        }
    }

    public void Failed(Exception exception)
    {
        if (!IsSuppressed)
        {
            Step.RecordException(exception);
            if (_response is not null)
            {
                ProviderError.Record(Step, exception, _tracer.Faults);
            }

            Step.End();
        }
    }

    public StreamObserver<T> OpenStream<T>() =>
        IsSuppressed
            ? new SuppressedStream<T>(_tracer)
            : new TracedStream<T>(_tracer, _method, Step, _response);

    /// <summary>Records what a method has written to its <c>ref</c> and <c>out</c> parameters.</summary>
    public void RecordOutArguments(object?[] arguments)
    {
        var outputs = _method.Description.Outputs;
        if (outputs.Length == 0 || IsSuppressed || !_tracer.Settings.Capture.Outputs)
        {
            return;
        }

        Step.Metadata["outArguments"] = outputs.ToDictionary(
            static output => output.Name,
            output => output.IsRedacted ? ValueCapture.Redacted : arguments[output.Position]);
    }

    // A request to a model that no step is around.
    private static bool IsLeftOut(OpenlayerTracer tracer, MethodDescriptor description, Step? parent) =>
        parent is null
        && !tracer.Settings.TraceOrphanModelCalls
        && description is { Model: not null, StepType: StepType.ChatCompletion or StepType.Embedding };

    private static void RecordInputs(OpenlayerTracer tracer, Step step, MethodDescriptor description, object?[] arguments, bool asInputs)
    {
        var inputs = description.Inputs;
        if (inputs.Length == 0 || !tracer.Settings.Capture.Inputs)
        {
            return;
        }

        var captured = new object?[inputs.Length];
        for (var index = 0; index < inputs.Length; index++)
        {
            var input = inputs[index];
            if (!asInputs && !input.IsMarked)
            {
                continue;
            }

            captured[index] = input.IsRedacted ? ValueCapture.Redacted : tracer.Capture.Capture(arguments[input.Position]);
            if (input.IsMarked)
            {
                RecordMarked(step, input, captured[index]);
            }
        }

        if (asInputs)
        {
            step.SetCapturedInputs(description.InputNames, captured);
        }
    }

    private static void RecordMarked(Step step, ParameterDescriptor input, object? captured)
    {
        if (input.IsContext)
        {
            step.Trace.Context = captured;
            step.AddCapturedMetadata("context", captured);
        }

        if (input.IsQuestion)
        {
            step.Trace.Question = captured;
            step.AddCapturedMetadata("_question", captured);
        }

        if (input.PromotedColumn is { } column)
        {
            step.Trace.SetCapturedColumn(column, captured);
        }
    }

    private void RecordOutput<TResult>(TResult result)
    {
        try
        {
            if (_response is { IsDeferred: false } && result is not null && !_method.Description.Model!.Operation.IsResultOpaque)
            {
                RecordResponse(_response, result);
            }

            // A response that is read below, or that only a layer further out can read, is no output.
            if (!_tracer.Settings.Capture.Outputs
                || _method.Description.Model?.Operation is { IsResultOpaque: true }
                || (_response is { HasData: false } && Step.IsInClientCall))
            {
                return;
            }

            if (!Step.HasOutput)
            {
                Step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _tracer.Capture.Capture(result));
            }

            if (result is not null && _method.MayPromote)
            {
                PromotedProperties.Of(result.GetType()).Promote(result, _method.Description.IsResultRedacted, Step.Trace, _tracer);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report(InvocationEvents.OutputNotRecorded, exception);
        }
    }

    private void RecordResponse(ResponseReader response, object result)
    {
        var model = _method.Description.Model!;
        var isRecorded = _tracer.Settings.Capture.Outputs && !_method.Description.IsResultRedacted;
        using var suppression = _tracer.Ambient.Suppress();
        try
        {
            response.Add(result);
            response.WriteTo(Step, isRecorded);
        }
        catch (Exception)
        {
            // Said below: what is not found and what cannot be read come to the same.
        }

        if (Step is ModelStep request && isRecorded)
        {
            request.RawOutput = model.ReadRaw(result, _tracer.Ambient);
        }

        if (!response.HasData)
        {
            model.ReportUnrecognized(result.GetType(), Step, _tracer.Faults);
        }
    }

    private bool ObserveBody(ResponseReader response, object result)
    {
        var path = _method.Description.Model!.Operation.StreamedBody;
        if (response.IsDeferred || ReferenceEquals(path, ValuePath.None))
        {
            return false;
        }

        try
        {
            return path.Read(result) is { } body && ResponseBodyWrapping.Observe(body, this);
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report(ModelClientEvents.ResponseBodyNotObserved, exception);
            return false;
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
            _tracer.Faults.Report(InvocationEvents.StreamNotWrapped, exception);
            return null;
        }
    }
}
