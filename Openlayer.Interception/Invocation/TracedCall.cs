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
    private const string OutArguments = "outArguments";

    private readonly StepSource _steps;
    private readonly TracedMethod _method;

    // The reader of a model's response; for a guarded call, the request, which has it when the input is checked. Null for most calls.
    private readonly object? _request;
    private readonly Recording _recording;
    private readonly bool _isStreamFactoryObserved;

    private TracedCall(
        StepSource steps, TracedMethod method, StepContext context, Recording recording, object? request, bool isStreamFactoryObserved = false)
    {
        _steps = steps;
        _method = method;
        _request = request;
        _recording = recording;
        _isStreamFactoryObserved = isStreamFactoryObserved;
        Context = context;
    }

    private enum Recording : byte
    {
        /// <summary>The call is recorded.</summary>
        Recorded,

        /// <summary>The call is not recorded, like the code that makes it, or because its trace has no room.</summary>
        NotRecorded,

        /// <summary>The call is not recorded. It is a root, so that its context is its own, and work that outlives it is sampled again.</summary>
        NotRecordedRoot,
    }

    /// <summary>The request of a guarded call. Null if the call is not guarded, or not recorded.</summary>
    public GuardedRequest? Guarded => _request as GuardedRequest;

    // Null if the method is not a model client's.
    private ResponseReader? Response => _request is null ? null : _request as ResponseReader ?? Guarded?.Response;

    /// <summary>The context that the call's code runs in.</summary>
    public StepContext Context { get; }

    /// <summary>The call's step. Null if the call is not recorded, or its trace was published without waiting for it.</summary>
    private Step? Step => _recording == Recording.Recorded ? Context.Step : null;

    /// <summary>Opens the step of a call and records its inputs. If that fails, the call is not recorded.</summary>
    public static TracedCall Open(StepSource steps, TracedMethod method, IInvocation invocation, StepContext? parent)
    {
        StepContext? context = null;
        Step? step = null;
        object? request = null;
        try
        {
            var description = method.Description;
            if (!IsUntracedOrphan(steps, description, parent))
            {
                context = steps.Open(parent, description.Name, description.StepType, description.Model is null, out step);
            }

            if (step is not null)
            {
                step.Invocation = invocation;
                step.SetPipelineOfRoot(description.InferencePipelineId);
                var isRead = false;
                if (description.Model is not null)
                {
                    method.Functions?.Observe(invocation.InvocationTarget);
                }

                if (method.Guards is not null)
                {
                    request = new GuardedRequest(steps, method, invocation, parent?.Step, step.Context);
                }
                else
                {
                    if (description.Model is { } model)
                    {
                        (request, isRead) = ModelRequest.Record(steps, description, model, step, parent?.Step, invocation);
                    }

                    RecordInputs(steps, step, description, invocation.Arguments, asInputs: !isRead);
                }
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(InvocationEvents.InputsNotRecorded, exception);
        }

        context ??= StepContext.Suppressed();
        var recording = step is not null ? Recording.Recorded
            : ReferenceEquals(context, parent) ? Recording.NotRecorded
            : Recording.NotRecordedRoot;
        return new TracedCall(steps, method, context, recording, request);
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
                return new TracedCall(_steps, _method, Context, _recording, _request, isStreamFactoryObserved: true);
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.StreamFactoryNotObserved, exception);
        }

        return this;
    }

    /// <summary>Makes the call's step the ambient one while the target runs. Leave in the same method.</summary>
    public AmbientStep.Switch Enter(StepContext? caller) => _steps.Enter(Context, Step, caller);

    /// <summary>Notifies the call that the target returned or threw.</summary>
    public void Returned(Exception? failure)
    {
        if (Step is { } step)
        {
            step.Invocation = null;
        }

        if (failure is not null)
        {
            Failed(failure);
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

        if (result is not null && Response is { } response && (ObserveBody(response, result) || ObserveStreamField(result)))
        {
            return result;
        }

        Completed(result);
        return result;
    }

    public void Completed<TResult>(TResult result)
    {
        if (Step is not { } step)
        {
            EndUnrecorded();
            return;
        }

        try
        {
            RecordOutput(step, result);
            step.End();
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.CallNotRecorded, exception);
        }
    }

    public void Failed(Exception failure)
    {
        if (Step is not { } step)
        {
            EndUnrecorded();
            return;
        }

        try
        {
            step.RecordException(failure);
            if (Response is not null)
            {
                ProviderError.Record(step, failure, _steps.Log);
            }

            step.End();
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.CallNotRecorded, exception);
        }
    }

    public StreamObserver<T> OpenStream<T>()
    {
        if (Step is { } step)
        {
            return new TracedStream<T>(
                _steps,
                _method.Streams,
                step,
                Response is { } response
                    ? _method.Description.Model!.CreateStream(_steps, step, response, _steps.Settings.Capture.Outputs && !_method.Description.IsResultRedacted)
                    : null);
        }

        // The code of the stream is a root of its own: it runs after the call.
        EndUnrecorded();
        return _recording == Recording.NotRecordedRoot
            ? new UnsampledStream<T>(_steps)
            : new UnobservedStream<T>(new(_steps.Ambient, Context), _steps.Log);
    }

    /// <summary>Records the values of <c>ref</c> and <c>out</c> parameters after the call.</summary>
    public void RecordOutArguments(object?[] arguments)
    {
        var outputs = _method.Description.Outputs;
        if (outputs.Length == 0 || !_steps.Settings.Capture.Outputs || Step is not { } step)
        {
            return;
        }

        try
        {
            var values = new Dictionary<string, object?>();
            foreach (var output in outputs)
            {
                values.Add(output.Name, output.IsRedacted ? ValueCapture.Redacted : arguments[output.Position]);
            }

            step.AddCapturedMetadata(OutArguments, _steps.Capture.CaptureNamed(OutArguments, values, _method.Description.OutputTuples));
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.OutputNotRecorded, exception);
        }
    }

    // Whether this is a request to a model outside any trace, which the options exclude.
    private static bool IsUntracedOrphan(StepSource steps, MethodDescriptor description, StepContext? parent) =>
        !steps.Settings.TraceOrphanModelCalls
        && description is { Model: not null, StepType: StepType.ChatCompletion or StepType.Embedding }
        && StepSource.IsOutsideTraces(parent);

    private static void RecordInputs(StepSource steps, Step step, MethodDescriptor description, object?[] arguments, bool asInputs)
    {
        var inputs = description.Inputs;
        if (inputs.Length == 0 || !steps.Settings.Capture.Inputs)
        {
            return;
        }

        if (asInputs && inputs is [{ IsMarked: false } only])
        {
            // The most frequent case needs no array.
            step.SetCapturedInput(description.InputNames, only.Capture(steps.Capture, arguments));
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

            captured[index] = input.Capture(steps.Capture, arguments);
            if (input.IsMarked)
            {
                input.Mark(step, captured[index]);
            }
        }

        if (asInputs)
        {
            step.SetCapturedInputs(description.InputNames, captured);
        }
    }

    private void EndUnrecorded()
    {
        if (_recording == Recording.NotRecordedRoot)
        {
            Context.EndSuppression();
        }
    }

    private void RecordOutput<TResult>(Step step, TResult result)
    {
        try
        {
            var response = Response;
            if (response is { IsDeferred: false } && result is not null && !_method.Description.Model!.Operation.IsResultOpaque)
            {
                RecordResponse(step, response, result);
            }

            // The response is not an output if an inner call or only an outer layer can read it.
            if (!_steps.Settings.Capture.Outputs
                || _method.Description.Model?.Operation is { IsResultOpaque: true }
                || (response is { HasData: false } && step.IsInClientCall))
            {
                return;
            }

            if (!step.HasOutput)
            {
                step.SetCapturedOutput(_method.Description.IsResultRedacted ? ValueCapture.Redacted : _steps.Capture.CaptureNamed(ValueCapture.OutputName, result, _method.Description.ResultTuples));
            }

            if (result is not null && !_method.Description.PromotedResult.IsEmpty)
            {
                _method.Description.PromotedResult.Promote(result, _method.Description.ResultTuples, step.Trace, _steps);
            }

            if (result is not null && _method.MayPromote)
            {
                PromotedProperties.Of(result.GetType()).Promote(result, _method.Description.IsResultRedacted, step.Trace, _steps);
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.OutputNotRecorded, exception);
        }
    }

    private void RecordResponse(Step step, ResponseReader response, object result)
    {
        var model = _method.Description.Model!;
        var isRecorded = _steps.Settings.Capture.Outputs && !_method.Description.IsResultRedacted;
        using var suppression = DeferredSuppression.Begin(_steps.Ambient);
        try
        {
            response.Add(result);
            response.WriteTo(step, isRecorded);
        }
        catch (Exception)
        {
            // Reported below, like a response without recognised data.
        }

        if (step is ModelStep request && isRecorded)
        {
            request.RawOutput = model.ReadRaw(result, response, _steps.Ambient, _steps.Settings.Capture.MaxBytes);
        }

        if (!response.HasData)
        {
            ModelMethod.ReportUnrecognized(result.GetType(), step, _steps.Log);
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

    private bool ObserveStreamField(object result)
    {
        if (_method.Description.Model!.Operation.StreamField is not { } field)
        {
            return false;
        }

        try
        {
            return StreamFieldWrapping.Observe(result, field, this);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.StreamNotWrapped, exception);
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
