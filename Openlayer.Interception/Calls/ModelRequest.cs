using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Providers;

namespace Openlayer.Interception.Calls;

/// <summary>Records what a call of a model client asks for.</summary>
internal static class ModelRequest
{
    /// <summary>Records a request. Returns whether its prompt was found, which then is the step's only input.</summary>
    public static bool Record(OpenlayerTracer tracer, MethodDescription description, ModelMethod model, Step step, IInvocation invocation)
    {
        ICaptureGuard guard = tracer;
        var entered = guard.Enter();
        try
        {
            if (step is ModelStep request)
            {
                request.ClientCall = description.Name;
                model.ReadRequest(request, invocation.Arguments, invocation.InvocationTarget, !description.IsNamed);
                request.Trace.HasModelLayers |= request.IsInClientCall || request.IsLayer;
            }

            return RecordPrompt(tracer, description, model, step, invocation);
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

    private static bool RecordPrompt(OpenlayerTracer tracer, MethodDescription description, ModelMethod model, Step step, IInvocation invocation)
    {
        var arguments = invocation.Arguments;
        if (model.ReadPrompt(arguments) is { } prompt)
        {
            if (tracer.Options.Capture.Inputs)
            {
                step.Inputs["prompt"] = prompt;
            }

            return true;
        }

        var lazy = Array.Find(
            description.Inputs,
            parameter => parameter.Recording is not null && model.IsLazyPrompt(parameter.Name, arguments[parameter.Position]));
        if (lazy is null)
        {
            return false;
        }

        // Only the client may enumerate it, and it is recorded while the client does.
        if (tracer.Options.Capture.Inputs)
        {
            var sequence = arguments[lazy.Position]!;
            step.Inputs["prompt"] = sequence;
            var given = (object?[])arguments.Clone();
            invocation.SetArgumentValue(lazy.Position, lazy.Recording!.Record(sequence, items => Enumerated(tracer, model, step, given, items)));
        }

        return true;
    }

    private static void Enumerated(OpenlayerTracer tracer, ModelMethod model, Step step, object?[] arguments, IReadOnlyCollection<object?> items)
    {
        ICaptureGuard guard = tracer;
        var entered = guard.Enter();
        try
        {
            step.Inputs["prompt"] = model.ReadPrompt(arguments, items);
        }
        catch (Exception exception)
        {
            tracer.Faults.Report("A prompt could not be read.", exception);
        }
        finally
        {
            guard.Leave(entered);
        }
    }
}
