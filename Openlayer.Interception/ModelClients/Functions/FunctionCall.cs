using System.Collections;
using Openlayer.Interception.ModelClients.Clients;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients.Functions;

/// <summary>
/// A call of a function on behalf of a model, as a tool step. A <c>FunctionInvocationContext</c> of Microsoft.Extensions.AI describes it.
/// Members do not throw.
/// </summary>
internal sealed class FunctionCall : IPendingOutput
{
    private static readonly ValuePath Name = new("Function.Name", "CallContent.Name");
    private static readonly ValuePath Arguments = new("Arguments");
    private static readonly ValuePath CallId = new("CallContent.CallId");
    private static readonly ValuePath Messages = new("Messages");
    private static readonly ValuePath Contents = new("Contents");
    private static readonly ValuePath ResultCallId = new("CallId");
    private static readonly ValuePath Result = new("Result");
    private static readonly MessageReader Reader = new(ExtensionsAI.Chat);

    private readonly StepSource _steps;
    private readonly object _invocation;
    private readonly ToolStep _step;
    private readonly string? _callId;

    private FunctionCall(StepSource steps, object invocation, ToolStep step, string? callId, bool isNew)
    {
        IsNew = isNew;
        _steps = steps;
        _invocation = invocation;
        _step = step;
        _callId = callId;
    }

    /// <summary>The step.</summary>
    public ToolStep Step => _step;

    /// <summary>Whether the step was opened for this object. If not, it is the ambient one already.</summary>
    public bool IsNew { get; }

    /// <summary>Whether a step is open that a function's call can be recorded under. A call never starts a trace.</summary>
    public static bool CanOpen(StepSource steps, StepContext? parent) => steps.IsEnabled && parent?.Step is { Trace.IsComplete: false };

    /// <summary>Opens the step of a call, or finds it if it is open already. Null if the call is not recorded.</summary>
    /// <param name="steps">Opens steps.</param>
    /// <param name="invocation">Describes the call.</param>
    /// <param name="parent">The calling context.</param>
    public static FunctionCall? Open(StepSource steps, object invocation, StepContext parent)
    {
        try
        {
            using var suppression = steps.Ambient.Suppress();
            var callId = PropertyReader.Text(CallId.Read(invocation));
            if (parent.Step is ToolStep { IsFunctionCall: true } known && ReferenceEquals(known.Invocation, invocation))
            {
                return new(steps, invocation, known, callId, isNew: false);
            }

            var name = PropertyReader.Text(Name.Read(invocation)) ?? "function";
            steps.Open(parent, name, StepType.Tool, isCall: true, out var step);
            if (step is not ToolStep tool)
            {
                return null;
            }

            tool.IsFunctionCall = true;
            tool.Invocation = invocation;
            tool.FunctionName = name;
            tool.Trace.HasModelLayers = true;
            var call = new FunctionCall(steps, invocation, tool, callId, isNew: true);
            call.RecordArguments();
            return call;
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
            return null;
        }
    }

    /// <summary>Records the result of the function and ends the step.</summary>
    public void Succeeded(object? result)
    {
        try
        {
            RecordResult(result);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
        }

        End();
    }

    /// <summary>Records the exception of the function and ends the step. For an exception filter. Returns false.</summary>
    public bool Failed(Exception failure)
    {
        try
        {
            _step.RecordException(failure);
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
        }

        End();
        return false;
    }

    /// <summary>Ends the step of a call whose result is found in the conversation later.</summary>
    /// <param name="failure">The message of the function's exception. Null if it succeeded.</param>
    public void Returned(string? failure)
    {
        try
        {
            if (failure is not null)
            {
                _step.RecordFailure(exceptionType: null, failure);
            }
            else if (!_step.HasOutput && !_step.HasEnded)
            {
                _step.Trace.Add(this);
            }
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
        }

        End();
    }

    bool IPendingOutput.TryRecord()
    {
        try
        {
            using var suppression = _steps.Ambient.Suppress();
            if (ResultContent() is not { } content)
            {
                return false;
            }

            RecordResult(Result.Read(content));
        }
        catch (Exception exception)
        {
            // The conversation may have changed while it was read.
            _steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
        }

        return true;
    }

    private void RecordArguments()
    {
        if (_callId is not null)
        {
            _step.Metadata["callId"] = _callId;
        }

        if (_steps.Settings.Capture.Inputs && Arguments.Read(_invocation) is IEnumerable<KeyValuePair<string, object?>> arguments)
        {
            foreach (var (name, argument) in arguments)
            {
                _step.Inputs[name] = argument;
            }

            _step.Arguments = arguments;
        }
    }

    private void RecordResult(object? result)
    {
        if (!_steps.Settings.Capture.Outputs)
        {
            return;
        }

        // A function can return the content that the model receives.
        using var suppression = _steps.Ambient.Suppress();
        var returned = IsResultContent(result) ? Result.Read(result) : result;
        _step.SetCapturedOutput(_steps.Capture.Capture(
            returned is null or string ? returned : Reader.ToolResult(returned)));
    }

    private void End()
    {
        _step.Invocation = null;
        try
        {
            _step.End();
        }
        catch (Exception exception)
        {
            _steps.Log.Report(ModelClientEvents.FunctionNotRecorded, exception);
        }
    }

    // The newest message with the call's id: the results of a request follow the messages before it.
    private object? ResultContent()
    {
        if (_callId is null || Messages.Read(_invocation) is not IList messages)
        {
            return null;
        }

        for (var index = messages.Count - 1; index >= 0; index--)
        {
            if (Contents.Read(messages[index]) is not IEnumerable contents)
            {
                continue;
            }

            foreach (var content in contents)
            {
                if (IsResultContent(content) && PropertyReader.Text(ResultCallId.Read(content)) == _callId)
                {
                    return content;
                }
            }
        }

        return null;
    }

    private static bool IsResultContent(object? content) => content?.GetType().Name == "FunctionResultContent";
}
