using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Guardrails;

/// <summary>
/// Records the checks of one call: a step for each guardrail, and the metadata of the guarded step, in the forms of the platform. Values are
/// recorded when all guardrails have checked them, so that a value that one of them masks or blocks is not in the step of another one. Never
/// throws. Used by one thread at a time.
/// </summary>
internal abstract class GuardrailRecording(StepSource steps)
{
    /// <summary>In place of a value that was blocked.</summary>
    public const string Blocked = "[blocked]";

    /// <summary>In place of a value that was modified.</summary>
    public const string Modified = "[modified]";

    /// <summary>In place of a value whose check did not end.</summary>
    public const string NotChecked = "[not checked]";

    private static readonly string[] OriginalData = ["original_data"];

    private GuardrailCheck[] _inputChecks = [];

    protected StepSource Steps => steps;

    /// <summary>The guarded step. Null if its trace was published without waiting for it.</summary>
    protected abstract Step? GuardedStep { get; }

    /// <summary>Captures what the call's parameters hold as the input of its step.</summary>
    /// <param name="arguments">The arguments that the target gets.</param>
    /// <param name="withheld">What is recorded in place of every argument. Null to record them.</param>
    protected abstract CapturedArguments RecordRequest(object?[] arguments, string? withheld);

    /// <summary>Captures a result. Null is captured as null.</summary>
    protected abstract object? CaptureResult(object? result);

    /// <summary>Captures the values of ref and out parameters.</summary>
    protected abstract object? CaptureOut(string name, object? value);

    /// <summary>Creates the recorder of the items of a stream. Null if they are not recorded.</summary>
    public abstract StreamCapture<T>? CaptureStream<T>();

    /// <summary>Records the request of a call that is not checked.</summary>
    public void RecordUnchecked(object?[] arguments)
    {
        try
        {
            RecordRequest(arguments, withheld: null);
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }
    }

    /// <summary>Begins a check: its step becomes the ambient one until the calling asynchronous method returns.</summary>
    public void Begin(GuardrailCheck check)
    {
        try
        {
            if (check.Context is { } context)
            {
                // Another part of the same stream.
                steps.Ambient.Current = context;
                return;
            }

            var ambient = steps.Ambient.Current;
            if (StepSource.IsOutsideTraces(ambient))
            {
                return;
            }

            check.Context = steps.Open(ambient, check.IsInput ? $"{check.Name} - Input" : $"{check.Name} - Output", StepType.Guardrail, isCall: false, out var step);
            check.Step = step as GuardrailStep;
            steps.EnterScope(check.Context, step);
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }
    }

    /// <summary>Ends a check. Its values are recorded later.</summary>
    public void End(GuardrailCheck check)
    {
        if (check.Step is not { } step)
        {
            return;
        }

        try
        {
            if (check.Decision is { } decision)
            {
                step.Action = NameOf(decision.Action);
                step.Reason = decision.Reason;
                step.BlockStrategy = decision.Action == GuardrailAction.Block ? NameOf(decision.Strategy) : null;
                Add(step, decision.Metadata);
            }
            else if (check.Failure is { } failure)
            {
                step.Action = "error";
                step.Metadata["error_type"] = failure.GetType().Name;
            }

            step.DataType = check.IsInput ? "input" : "output";
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }

        step.EndOrProlong();
    }

    /// <summary>Records the request and the values of the checks of an input.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="original">The arguments before them.</param>
    /// <param name="arguments">The arguments that the target gets.</param>
    /// <param name="withheld">What is recorded in place of every argument. Null to record them.</param>
    public void InputChecked(IReadOnlyList<GuardrailCheck> checks, object?[] original, object?[] arguments, string? withheld)
    {
        try
        {
            _inputChecks = [.. checks];
            var isModified = withheld is null && !original.AsSpan().SequenceEqual(arguments, ArgumentComparer.Instance);
            if (GuardedStep is { } step)
            {
                step.IsInputGuarded = isModified || withheld is not null;
            }

            var request = RecordRequest(arguments, withheld);
            if (checks.Count == 0)
            {
                return;
            }

            var data = Composite(request.Names, request.Values);
            var originalData = !isModified ? data : Composite(
                request.Names,
                [.. request.Values.Select((captured, index) => ArgumentComparer.Instance.Equals(original[request.Positions[index]], arguments[request.Positions[index]]) ? captured : Modified)]);
            RecordValues(checks, originalData, data, withheld is not null);
            if (GuardedStep is { } guarded)
            {
                RecordMetadata(guarded, []);
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }
    }

    /// <summary>Records the values of the checks of a result.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="isModified">Whether the result is another one than the target returned.</param>
    /// <param name="withheld">What is recorded in place of what the target returned. Null to record it.</param>
    /// <param name="result">What the caller gets.</param>
    /// <param name="outArguments">The ref and out arguments that the caller gets. Empty if there are none.</param>
    public void ResultChecked(
        IReadOnlyList<GuardrailCheck> checks, bool isModified, string? withheld, object? result, IReadOnlyDictionary<string, object?> outArguments)
    {
        try
        {
            if (GuardedStep is { } step)
            {
                // First, in case that the rest fails.
                step.IsOutputGuarded = isModified || withheld is not null;
            }

            var data = CaptureResult(result);
            if (outArguments.Count > 0)
            {
                data = Composite(
                    [ValueCapture.OutputName, .. outArguments.Keys],
                    [data, .. outArguments.Select(argument => CaptureOut(argument.Key, argument.Value))]);
            }

            OutputChecked(GuardedStep, checks, isModified, withheld, data);
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }
    }

    /// <summary>Records the values of the checks of a stream.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="isModified">Whether any part is another one than the target produced.</param>
    /// <param name="withheld">What is recorded in place of what the target produced. Null to record it.</param>
    /// <param name="data">What the consumer got, captured.</param>
    public void StreamChecked(IReadOnlyList<GuardrailCheck> checks, bool isModified, string? withheld, object? data)
    {
        try
        {
            // A second enumeration has a step of its own, under which its checks are.
            OutputChecked(steps.Ambient.Current?.Step, checks, isModified, withheld, data);
        }
        catch (Exception exception)
        {
            steps.Log.Report(GuardrailEvents.CheckNotRecorded, exception);
        }
    }

    private static string NameOf(GuardrailAction action) => action switch
    {
        GuardrailAction.Block => "block",
        GuardrailAction.Modify => "modify",
        _ => "allow",
    };

    private static string NameOf(GuardrailBlockStrategy strategy) => strategy switch
    {
        GuardrailBlockStrategy.ReturnEmpty => "return_empty",
        GuardrailBlockStrategy.ReturnErrorMessage => "return_error_message",
        GuardrailBlockStrategy.SkipCall => "skip_function",
        _ => "raise_exception",
    };

    private static void Add(GuardrailStep step, IReadOnlyDictionary<string, object?>? metadata)
    {
        foreach (var (name, value) in metadata ?? new Dictionary<string, object?>())
        {
            switch (name)
            {
                case "detected_entities":
                    step.DetectedEntities = value;
                    break;
                case "blocked_entities":
                    step.BlockedEntities = value;
                    break;
                case "redacted_entities":
                    step.RedactedEntities = value;
                    break;
                case "confidence_threshold" when value is IConvertible number:
                    step.ConfidenceThreshold = number.ToDouble(System.Globalization.CultureInfo.InvariantCulture);
                    break;
            }
        }
    }

    private static CapturedJson Composite(string[] names, object?[] captured) => Json(writer =>
    {
        writer.WriteStartObject();
        for (var index = 0; index < names.Length; index++)
        {
            writer.WritePropertyName(names[index]);
            writer.WriteCapturedValue(captured[index]);
        }

        writer.WriteEndObject();
    });

    private static CapturedJson Json(Action<Utf8JsonWriter> write) => new(CapturedValueWriter.Json(write).ToArray());

    private void OutputChecked(Step? guarded, IReadOnlyList<GuardrailCheck> checks, bool isModified, string? withheld, object? data)
    {
        if (guarded is not null)
        {
            guarded.IsOutputGuarded = isModified || withheld is not null;
        }

        RecordValues(checks, withheld ?? (isModified ? Modified : data), data, withheld is not null);
        if (guarded is not null)
        {
            RecordMetadata(guarded, checks);
        }
    }

    private static void RecordValues(IReadOnlyList<GuardrailCheck> checks, object? originalData, object? data, bool isWithheld)
    {
        foreach (var check in checks)
        {
            if (check.Step is not { } step)
            {
                continue;
            }

            step.SetCapturedInput(OriginalData, originalData);
            step.SetCapturedOutput(data);
            if (check.Failure is { } failure)
            {
                step.Reason = ReasonOf(failure, checks, isWithheld);
            }
        }
    }

    private void RecordMetadata(Step step, IReadOnlyList<GuardrailCheck> outputChecks)
    {
        var entries = new List<(string Key, string Name, GuardrailCheck Check)>();
        foreach (var check in _inputChecks.Concat(outputChecks))
        {
            var name = check.Name.ToLowerInvariant().Replace(' ', '_');
            var (prefix, suffix) = IsThrown(check) ? ("", "_blocked") : (check.IsInput ? "input_" : "output_", "");
            name = IsThrown(check) ? check.Name : name;
            var unique = name + suffix;
            for (var number = 2; entries.Exists(entry => entry.Key == prefix + unique); number++)
            {
                unique = $"{name}{suffix}_{number}";
            }

            entries.Add((prefix + unique, unique, check));
        }

        if (entries.Count == 0)
        {
            return;
        }

        step.AddCapturedMetadata("guardrails", Json(writer => Write(writer, entries)));
        step.AddCapturedMetadata("has_guardrails", true);
        step.AddCapturedMetadata("guardrail_actions", Texts(entries.Select(static entry => ActionOf(entry.Check))));
        step.AddCapturedMetadata("guardrail_names", Texts(entries.Select(entry => steps.Capture.CaptureName(entry.Name))));
        step.AddCapturedMetadata("guardrail_blocked", entries.Exists(static entry => entry.Check.IsBlocked));
        step.AddCapturedMetadata("guardrail_modified", entries.Exists(static entry => entry.Check.IsModified));
        step.AddCapturedMetadata("guardrail_allowed", entries.Exists(static entry => entry.Check.Decision is { Action: GuardrailAction.Allow }));
    }

    private void Write(Utf8JsonWriter writer, List<(string Key, string Name, GuardrailCheck Check)> entries)
    {
        writer.WriteStartObject();
        foreach (var (key, _, check) in entries)
        {
            writer.WriteStartObject(steps.Capture.CaptureName(key));
            writer.WriteString("action"u8, ActionOf(check));
            var reason = check.Failure is not { } failure ? check.Decision?.Reason
                : check.Step is { } recorded ? recorded.Reason
                : GuardrailBlock.ReasonOf(failure);
            writer.WriteString("reason"u8, steps.Capture.CaptureProperty("reason", reason));
            writer.WritePropertyName("metadata"u8);
            var metadata = check.Failure is { } cause ? new Dictionary<string, object?> { ["error_type"] = cause.GetType().Name }
                : check.Decision?.Metadata is { } given ? new Dictionary<string, object?>(given)
                : [];
            writer.WriteCapturedValue(steps.Capture.CaptureNamed("metadata", metadata));
            if (check is { IsBlocked: true, Decision: { } decision } && !IsThrown(check))
            {
                writer.WriteString("block_strategy"u8, NameOf(decision.Strategy));
                writer.WriteString("error_message"u8, steps.Capture.CaptureProperty("error_message", decision.ErrorMessage));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static CapturedJson Texts(IEnumerable<string> texts) => Json(writer =>
    {
        writer.WriteStartArray();
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    });

    private static bool IsThrown(GuardrailCheck check) => check.IsBlocked && check.Decision is not { Strategy: not GuardrailBlockStrategy.Throw };

    private static string ActionOf(GuardrailCheck check) =>
        IsThrown(check) ? "blocked"
        : check.Decision is { } decision ? NameOf(decision.Action)
        : check.Failure is not null ? "error"
        : "not checked";

    // The message of an exception may repeat what was to be masked or blocked.
    private static string ReasonOf(Exception failure, IReadOnlyList<GuardrailCheck> checks, bool isWithheld) =>
        isWithheld || checks.Any(static check => check.IsBlocked || check.IsModified) ? failure.GetType().Name : ExceptionMessage.Of(failure);

    /// <summary>The captured arguments of a call, with the positions of their parameters.</summary>
    internal readonly record struct CapturedArguments(string[] Names, int[] Positions, object?[] Values);
}
