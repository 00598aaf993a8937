using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// A call of a traced method, and its step. Proxies and tasks call only the public members, which never throw: a failure is logged, and the
/// call continues.
/// </summary>
internal readonly struct TracedCall : ICallObserver
{
    private readonly StepSource _steps;
    private readonly TracedMethod _method;

    // Null if the method is not a model client's.
    private readonly ResponseReader? _response;
    private readonly bool _isStreamFactoryObserved;

    private TracedCall(StepSource steps, TracedMethod method, Step step, ResponseReader? response, bool isStreamFactoryObserved = false)
    {
        _steps = steps;
        _method = method;
        _response = response;
        _isStreamFactoryObserved = isStreamFactoryObserved;
        Step = step;
    }

    /// <summary>The call's step. The suppressed step if the call is not recorded.</summary>
    public Step Step { get; }

    private bool IsSuppressed => ReferenceEquals(Step, _steps.SuppressedStep);

    /// <summary>Opens the step of a call and records its inputs. If that fails, the call is not recorded.</summary>
    public static TracedCall Open(StepSource steps, TracedMethod method, IInvocation invocation, Step? parent)
    {
        Step? step = null;
        ResponseReader? response = null;
        try
        {
            var description = method.Description;
            step = IsUntracedOrphan(steps, description, parent)
                ? steps.SuppressedStep
                : steps.Open(parent, description.Name, description.StepType, isCall: description.Model is null);
            if (!ReferenceEquals(step, steps.SuppressedStep))
            {
                step.Invocation = invocation;
                var isRead = false;
                if (description.Model is { } model)
                {
                    (response, isRead) = ModelRequest.Record(steps, description, model, step, parent, invocation);
                }

                RecordInputs(steps, step, description, invocation.Arguments, asInputs: !isRead);
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(InvocationEvents.InputsNotRecorded, exception);
        }

        return new TracedCall(steps, method, step ?? steps.SuppressedStep, response);
    }

    /// <summary>
    /// Wraps the argument that creates the stream of a result, if the result itself cannot be wrapped. Returns a call that ends with that
    /// stream.
    /// </summary>
    public TracedCall ObserveStreamFactory(IInvocation invocation, ParameterInfo parameter)
    {
        try
        {
            if (StreamFactoryWrapping.For(parameter.ParameterType) is { } wrapping && invocation.Arguments[parameter.Position] is { } factory)
            {
                invocation.SetArgumentValue(parameter.Position, wrapping.Wrap(factory, this));
                return new TracedCall(_steps, _method, Step, _response, isStreamFactoryObserved: true);
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.StreamFactoryNotObserved, exception);
        }

        return this;
    }

    /// <summary>Notifies the call that the target returned or threw.</summary>
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
        if (_isStreamFactoryObserved)
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
        if (IsSuppressed)
        {
            return;
        }

        try
        {
            RecordOutput(result);
            Step.End();
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.CallNotRecorded, exception);
        }
    }

    public void Failed(Exception failure)
    {
        if (IsSuppressed)
        {
            return;
        }

        try
        {
            Step.RecordException(failure);
            if (_response is not null)
            {
                ProviderError.Record(Step, failure, _steps.Log);
            }

            Step.End();
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.CallNotRecorded, exception);
        }
    }

    public StreamObserver<T> OpenStream<T>() =>
        IsSuppressed
            ? new UnobservedStream<T>(new(_steps.Ambient, _steps.SuppressedStep), _steps.Log)
            : new TracedStream<T>(
                _steps,
                _method.Streams,
                Step,
                _response is null ? null : new StreamedResponse(_response, _steps.Log));

    /// <summary>Records the values of <c>ref</c> and <c>out</c> parameters after the call.</summary>
    public void RecordOutArguments(object?[] arguments)
    {
        var outputs = _method.Description.Outputs;
        if (outputs.Length == 0 || IsSuppressed || !_steps.Settings.Capture.Outputs)
        {
            return;
        }

        try
        {
            Step.Metadata["outArguments"] = outputs.ToDictionary(
                static output => output.Name,
                output => output.IsRedacted ? ValueCapture.Redacted : arguments[output.Position]);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.OutputNotRecorded, exception);
        }
    }

    // Whether this is a request to a model outside any trace, which the options exclude.
    private static bool IsUntracedOrphan(StepSource steps, MethodDescriptor description, Step? parent) =>
        parent is null
        && !steps.Settings.TraceOrphanModelCalls
        && description is { Model: not null, StepType: StepType.ChatCompletion or StepType.Embedding };

    private static void RecordInputs(StepSource steps, Step step, MethodDescriptor description, object?[] arguments, bool asInputs)
    {
        var inputs = description.Inputs;
        if (inputs.Length == 0 || !steps.Settings.Capture.Inputs)
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

            captured[index] = input.IsRedacted ? ValueCapture.Redacted : steps.Capture.Capture(arguments[input.Position]);
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

            // The response is not an output if an inner call or only an outer layer can read it.
            if (!_steps.Settings.Capture.Outputs
                || _method.Description.Model?.Operation is { IsResultOpaque: true }
                || (_response is { HasData: false } && Step.IsInClientCall))
            {
                return;
            }

            if (!Step.HasOutput)
            {
                Step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _steps.Capture.Capture(result));
            }

            if (result is not null && _method.MayPromote)
            {
                PromotedProperties.Of(result.GetType()).Promote(result, _method.Description.IsResultRedacted, Step.Trace, _steps);
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.OutputNotRecorded, exception);
        }
    }

    private void RecordResponse(ResponseReader response, object result)
    {
        var model = _method.Description.Model!;
        var isRecorded = _steps.Settings.Capture.Outputs && !_method.Description.IsResultRedacted;
        using var suppression = _steps.Ambient.Suppress();
        try
        {
            response.Add(result);
            response.WriteTo(Step, isRecorded);
        }
        catch (Exception)
        {
            // Reported below, like a response without recognised data.
        }

        if (Step is ModelStep request && isRecorded)
        {
            request.RawOutput = model.ReadRaw(result, _steps.Ambient);
        }

        if (!response.HasData)
        {
            ModelMethod.ReportUnrecognized(result.GetType(), Step, _steps.Log);
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
            _steps.Log.Report(ModelClientEvents.ResponseBodyNotObserved, exception);
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
            _steps.Log.Report(InvocationEvents.StreamNotWrapped, exception);
            return null;
        }
    }
}
