using Castle.DynamicProxy;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>The request of a guarded call, recorded when its arguments are checked, and the checks.</summary>
/// <param name="steps">Opens steps.</param>
/// <param name="method">The method.</param>
/// <param name="invocation">The call.</param>
/// <param name="caller">The step that makes the call. Null outside any.</param>
/// <param name="context">The context of the call's step.</param>
internal sealed class GuardedRequest(StepSource steps, TracedMethod method, IInvocation invocation, Step? caller, StepContext context)
    : GuardrailRecording(steps)
{
    /// <summary>Reads the response of a model. Null until the request is recorded, and if the method is not a model client's.</summary>
    public ResponseReader? Response { get; private set; }

    protected override Step? GuardedStep => context.Step;

    public override StreamCapture<T>? CaptureStream<T>() => HasOutput ? new StreamCapture<T>(Steps.Capture, Steps.Settings.Capture, expected: 0, method.Streams.Tuples) : null;

    private bool HasOutput => Steps.Settings.Capture.Outputs && !method.Description.IsResultRedacted;

    protected override CapturedArguments RecordRequest(object?[] arguments, string? withheld)
    {
        var description = method.Description;
        var isRead = false;
        if (GuardedStep is not { } step)
        {
            return new([], [], []);
        }

        if (description.Model is { } model)
        {
            if (withheld is null)
            {
                (Response, isRead) = ModelRequest.Record(Steps, description, model, step, caller, invocation);
            }
            else
            {
                ModelRequest.RecordWithheld(Steps, model, step, invocation);
            }
        }

        var inputs = description.Inputs;
        if (!Steps.Settings.Capture.Inputs)
        {
            return new([], [], []);
        }

        var captured = new object?[inputs.Length];
        for (var index = 0; index < inputs.Length; index++)
        {
            captured[index] = withheld ?? inputs[index].Capture(Steps.Capture, arguments);
            if (inputs[index].IsMarked)
            {
                inputs[index].Mark(step, captured[index]);
            }
        }

        if (!isRead)
        {
            step.SetCapturedInputs(description.InputNames, [.. captured]);
        }

        return new(description.InputNames, description.InputPositions, captured);
    }

    protected override object? CaptureResult(object? result) =>
        !Steps.Settings.Capture.Outputs || result is null ? null
        : method.Description.IsResultRedacted ? ValueCapture.Redacted
        : Steps.Capture.CaptureNamed(ValueCapture.OutputName, result, method.Description.ResultTuples);

    protected override object? CaptureOut(string name, object? value)
    {
        var output = Array.Find(method.Description.Outputs, output => output.Name == name);
        return output is null || !Steps.Settings.Capture.Outputs ? null
            : output.IsRedacted ? ValueCapture.Redacted
            : Steps.Capture.CaptureNamed(name, value, output.Tuples);
    }
}
