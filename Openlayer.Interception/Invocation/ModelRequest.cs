using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>Records the request that a call of a model client makes.</summary>
internal static class ModelRequest
{
    /// <summary>
    /// Records a request. Returns the reader of its response, and whether the prompt was read. If so, the prompt is the step's only input.
    /// </summary>
    /// <param name="steps">Opens steps.</param>
    /// <param name="description">The method.</param>
    /// <param name="model">How the method's requests and responses are read.</param>
    /// <param name="step">The request's step.</param>
    /// <param name="caller">The step that the request is made under.</param>
    /// <param name="invocation">The call.</param>
    public static (ResponseReader Response, bool IsPromptRead) Record(
        StepSource steps, MethodDescriptor description, ModelMethod model, Step step, Step? caller, IInvocation invocation)
    {
        var isDeferred = model.DefersTo(caller);
        var arguments = invocation.Arguments;
        ResponseReader? response = null;
        using var suppression = DeferredSuppression.Begin(steps.Ambient);
        try
        {
            if (!isDeferred)
            {
                arguments = WithParsedBody(steps, model, arguments);
            }

            response = model.CreateResponse(arguments, isDeferred, invocation.InvocationTarget, steps.Capture, steps.Settings.Capture);
            step.Trace.IsTentative = false;
            step.Trace.RecordPending();
            model.Request.RecordClient(step, invocation.InvocationTarget);
            if (step is AgentStep run)
            {
                run.IsRun = true;
            }

            if (step is ModelStep request)
            {
                request.ClientCall = description.Name;
                model.Request.RecordTo(request, arguments, invocation.InvocationTarget, !description.IsNamed, steps.Settings.Capture.MaxItems);
                request.Trace.HasModelLayers |= request.IsInClientCall || request.IsLayer;
            }

            var isPromptRead = isDeferred || RecordPrompt(steps, description, model, step, arguments, invocation);
            if (step is RetrieverStep retrieval)
            {
                RecordRetrieval(steps, model, retrieval, caller, arguments);
                isPromptRead = true;
            }

            return (response, isPromptRead);
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.RequestNotRead, exception);
            return (response ?? model.CreateResponse([], isDeferred, target: null, steps.Capture, steps.Settings.Capture), false);
        }
    }

    private static void RecordRetrieval(StepSource steps, ModelMethod model, RetrieverStep step, Step? caller, object?[] arguments)
    {
        step.IsRequest = true;
        step.Trace.HasModelLayers |= caller is RetrieverStep { IsRequest: true };
        if (steps.Settings.Capture.Inputs)
        {
            model.Request.RecordRetrieval(step, arguments);
        }
    }

    /// <summary>Records that a request was not made, because its input was blocked.</summary>
    public static void RecordWithheld(StepSource steps, ModelMethod model, Step step, IInvocation invocation)
    {
        using var suppression = steps.Ambient.Suppress();
        try
        {
            step.Trace.IsTentative = false;
            step.Trace.RecordPending();
            model.Request.RecordClient(step, invocation.InvocationTarget);
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.RequestNotRead, exception);
        }
    }

    private static object?[] WithParsedBody(StepSource steps, ModelMethod model, object?[] arguments)
    {
        try
        {
            return model.Request.WithParsedBody(arguments);
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.RequestBodyNotRead, exception);
            return arguments;
        }
    }

    private static bool RecordPrompt(
        StepSource steps, MethodDescriptor description, ModelMethod model, Step step, object?[] arguments, IInvocation invocation)
    {
        if (model.Request.Prompt(arguments, steps.Settings.Capture.MaxItems) is { } prompt)
        {
            if (steps.Settings.Capture.Inputs)
            {
                step.SetCapturedInput(model.Request.InputNames, steps.Capture.Capture(model.Request.InputName, prompt));
            }

            return true;
        }

        return RecordLazyPrompt(steps, description, model, step, arguments, invocation);
    }

    private static bool RecordLazyPrompt(
        StepSource steps, MethodDescriptor description, ModelMethod model, Step step, object?[] arguments, IInvocation invocation)
    {
        var lazy = Array.Find(
            description.Inputs,
            parameter => parameter.Recording is not null && model.Request.IsLazyPrompt(parameter.Name, arguments[parameter.Position]));
        if (lazy is null)
        {
            return false;
        }

        // Only the client may enumerate the sequence, so the items are recorded while it does.
        if (steps.Settings.Capture.Inputs)
        {
            var sequence = arguments[lazy.Position]!;
            step.Inputs[model.Request.InputName] = sequence;
            var original = (object?[])arguments.Clone();
            invocation.SetArgumentValue(
                lazy.Position, lazy.Recording!.Record(sequence, steps.Settings.Capture.MaxItems, items => RecordEnumerated(steps, model, step, original, items)));
        }

        return true;
    }

    private static void RecordEnumerated(
        StepSource steps, ModelMethod model, Step step, object?[] arguments, RecordedItems items)
    {
        using var suppression = DeferredSuppression.Begin(steps.Ambient);
        try
        {
            step.Inputs[model.Request.InputName] = model.Request.Prompt(arguments, items);
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.PromptNotRead, exception);
        }
    }
}
