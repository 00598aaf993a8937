using System.Reflection;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.Invocation;

/// <summary>How a parameter is recorded, by its type and its attributes on the interface and the implementation.</summary>
internal sealed class ParameterDescriptor
{
    public ParameterDescriptor(ParameterInfo parameter, ParameterInfo implemented, ValueCapture capture)
    {
        // Parameters of an abstract member of F# need no names.
        Name = parameter.Name is { Length: > 0 } name ? name
            : implemented.Name is { Length: > 0 } implementedName ? implementedName
            : $"arg{parameter.Position}";
        Position = parameter.Position;
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        IsRecorded = !type.IsPointer && !type.IsByRefLike && !ValueCapture.IsOmitted(type);
        IsInput = IsRecorded && !parameter.IsOut;
        IsOutput = IsRecorded && parameter.ParameterType.IsByRef && !parameter.IsIn;
        Tuples = TupleNames.Of(capture.IsRedacted, (type, parameter), (type, implemented));
        Recording = SequenceRecorder.For(parameter.ParameterType);
        IsContext = Has<RagContextAttribute>();
        IsQuestion = Has<RagQuestionAttribute>();
        var promoted = implemented.IsDefined(typeof(PromoteAttribute)) ? implemented : parameter;
        PromotedColumns = [.. promoted.GetCustomAttributes<PromoteAttribute>().Select(static attribute => attribute.Column)];
        IsRedacted = Has<NoCaptureAttribute>() || (type != typeof(bool) && (capture.IsRedacted(Name) || PromotedColumns.Any(capture.IsRedacted)));

        bool Has<TAttribute>()
            where TAttribute : Attribute => implemented.IsDefined(typeof(TAttribute)) || parameter.IsDefined(typeof(TAttribute));
    }

    public string Name { get; }

    public int Position { get; }

    /// <summary>Whether its value before the call is recorded.</summary>
    public bool IsInput { get; }

    /// <summary>Whether its value after the call is recorded.</summary>
    public bool IsOutput { get; }

    /// <summary>Whether its value is redacted, by its name, by that of a column or by an attribute.</summary>
    public bool IsRedacted { get; }

    /// <summary>The redacted elements of the tuples in its type. Null if there are none.</summary>
    public TupleNames? Tuples { get; }

    public bool IsContext { get; }

    public bool IsQuestion { get; }

    /// <summary>The columns that the parameter is promoted to.</summary>
    public string[] PromotedColumns { get; }

    /// <summary>Records a lazy sequence while it is enumerated. Null if the parameter's type does not allow that.</summary>
    public SequenceRecorder? Recording { get; }

    /// <summary>Whether an attribute makes the value more than an input.</summary>
    public bool IsMarked => IsContext || IsQuestion || PromotedColumns.Length > 0;

    private bool IsRecorded { get; }

    /// <summary>Captures the parameter's argument.</summary>
    public object? Capture(ValueCapture capture, object?[] arguments) =>
        IsRedacted ? ValueCapture.Redacted : capture.CaptureNamed(Name, arguments[Position], Tuples);

    /// <summary>Records the captured argument of a marked parameter where its attributes say.</summary>
    public void Mark(Step step, object? captured)
    {
        if (IsContext)
        {
            step.Trace.CapturedContext = captured;
            step.AddCapturedMetadata("context", captured);
        }

        if (IsQuestion)
        {
            step.Trace.CapturedQuestion = captured;
            step.AddCapturedMetadata("_question", captured);
        }

        foreach (var column in PromotedColumns)
        {
            step.Trace.SetCapturedColumn(column, captured);
        }
    }
}
