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

    private TracedCall(OpenlayerTracer tracer, TracedMethod method, Step step)
    {
        _tracer = tracer;
        _method = method;
        Step = step;
    }

    /// <summary>The call's step; the tracer's silence where the call is not recorded.</summary>
    public Step Step { get; }

    private bool IsSilent => ReferenceEquals(Step, _tracer.Silence);

    /// <summary>Opens the step of a call and records its inputs. Where that fails the call is not recorded.</summary>
    public static TracedCall Open(OpenlayerTracer tracer, TracedMethod method, IInvocation invocation)
    {
        Step? step = null;
        try
        {
            var description = method.Description;
            step = tracer.Open(tracer.Ambient.Current, description.Name, description.StepType, isCall: description.Model is null);
            if (!ReferenceEquals(step, tracer.Silence))
            {
                step.Invocation = invocation;
                var isRead = description.Model is not null && step is ModelStep request && RecordRequest(tracer, description, request, invocation);
                RecordInputs(tracer, step, description, invocation.Arguments, asInputs: !isRead);
            }
        }
        catch (Exception exception)
        {
            tracer.Faults.Report("Inputs could not be recorded.", exception);
        }

        return new TracedCall(tracer, method, step ?? tracer.Silence);
    }

    /// <summary>The target has given control back, perhaps by throwing.</summary>
    public void Returned(Exception? failure)
    {
        if (!IsSilent)
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
        if (_method.Stream is { } stream && result is not null && WrapStream(stream, result) is TResult wrapped)
        {
            return wrapped;
        }

        Completed(result);
        return result;
    }

    public void Completed<TResult>(TResult result)
    {
        if (!IsSilent)
        {
            RecordOutput(result);
            Step.End();
        }
    }

    public void Failed(Exception exception)
    {
        if (!IsSilent)
        {
            Step.RecordException(exception);
            Step.End();
        }
    }

    public StreamObserver<T> OpenStream<T>() =>
        IsSilent ? new SilentStream<T>(_tracer) : new TracedStream<T>(_tracer, _method.Description, Step);

    /// <summary>Records what a method has written to its <c>ref</c> and <c>out</c> parameters.</summary>
    public void RecordOutArguments(object?[] arguments)
    {
        var outputs = _method.Description.Outputs;
        if (outputs.Length == 0 || IsSilent || !_tracer.Options.Capture.Outputs)
        {
            return;
        }

        Step.Metadata["outArguments"] = outputs.ToDictionary(
            static output => output.Name,
            output => output.IsRedacted ? ValueCapture.Redacted : arguments[output.Position]);
    }

    /// <summary>Records a request to a model. Returns whether its prompt was found, which then is the step's only input.</summary>
    private static bool RecordRequest(OpenlayerTracer tracer, MethodDescription description, ModelStep step, IInvocation invocation)
    {
        ICaptureGuard guard = tracer;
        var entered = guard.Enter();
        try
        {
            step.ClientCall = description.Name;
            step.Trace.HasModelLayers |= step.IsInClientCall;
            var prompt = description.Model!.ReadRequest(step, invocation.Arguments, invocation.InvocationTarget, !description.IsNamed);
            if (prompt is null)
            {
                return false;
            }

            if (tracer.Options.Capture.Inputs)
            {
                step.Inputs["prompt"] = prompt;
            }

            return true;
        }
        catch (Exception exception)
        {
            tracer.Faults.Report("A request to a model could not be read; its step has the call's arguments.", exception);
            return false;
        }
        finally
        {
            guard.Leave(entered);
        }
    }

    private static void RecordInputs(OpenlayerTracer tracer, Step step, MethodDescription description, object?[] arguments, bool asInputs)
    {
        var inputs = description.Inputs;
        if (inputs.Length == 0 || !tracer.Options.Capture.Inputs)
        {
            return;
        }

        var captured = new object?[inputs.Length];
        for (var index = 0; index < inputs.Length; index++)
        {
            var input = inputs[index];
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

    private static void RecordMarked(Step step, ParameterDescription input, object? captured)
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
            if (_method.Description.Model is { } model && Step is ModelStep request && result is not null)
            {
                RecordResponse(model, request, result);
            }

            if (!_tracer.Options.Capture.Outputs)
            {
                return;
            }

            Step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _tracer.Capture.Capture(result));
            if (result is not null && _method.MayPromote)
            {
                PromotedProperties.Of(result.GetType()).Promote(result, Step.Trace, _tracer);
            }
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("An output could not be recorded.", exception);
        }
    }

    private void RecordResponse(ModelMethod model, ModelStep step, object result)
    {
        var isRecorded = _tracer.Options.Capture.Outputs && !_method.Description.IsResultRedacted;
        if (isRecorded)
        {
            step.RawOutput = result;
        }

        ICaptureGuard guard = _tracer;
        var entered = guard.Enter();
        try
        {
            var response = new ModelResponse(model.Operation);
            response.Add(result);
            response.WriteTo(step, isRecorded);
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("A model's response could not be read; its step has the raw output.", exception);
        }
        finally
        {
            guard.Leave(entered);
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
