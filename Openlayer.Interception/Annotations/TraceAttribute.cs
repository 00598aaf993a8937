namespace Openlayer.Interception;

/// <summary>
/// Names a step and says what kind it is. On a method it speaks for that method, on an interface or class for all of its methods;
/// a method's attribute wins over its type's, and the implementation's wins over the interface's.
/// </summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class TraceAttribute : Attribute
{
    private StepType _stepType;

    /// <summary>
    /// The step's name. Default: what the caller wrote, <c>IAnswerService.AnswerAsync</c>. On a type, the part before the dot.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>The step's type. Default: <see cref="StepType.UserCall"/>.</summary>
    public StepType StepType
    {
        get => _stepType;
        set
        {
            _stepType = value;
            HasStepType = true;
        }
    }

    /// <summary>Whether <see cref="StepType"/> was given: an attribute that only names a step leaves the type to the next one.</summary>
    internal bool HasStepType { get; private set; }
}
