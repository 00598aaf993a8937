using Openlayer.Interception.Annotations;

namespace Openlayer.Interception;

/// <summary>
/// Sets the name and type of a step, and the pipeline of a trace. On an interface or class it applies to all methods. An attribute on a method
/// takes precedence over one on its type, and an attribute on the implementation over one on the interface.
/// </summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class TraceAttribute : Attribute
{
    private StepType _stepType;

    /// <summary>
    /// The step's name. On a type, the part of the name before the dot. Default: null, which is the interface and the method as written in
    /// C#, <c>IAnswerService.AnswerAsync</c>.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>The step's type. Default: <see cref="StepType.UserCall"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of <see cref="Openlayer.Interception.StepType"/>.</exception>
    public StepType StepType
    {
        get => _stepType;
        set
        {
            _stepType = StepTypes.Defined(value, nameof(value));
            HasStepType = true;
        }
    }

    /// <summary>
    /// The inference pipeline of the traces whose root is a call of this method; see <see cref="OpenlayerTrace.InferencePipelineId"/>. Without
    /// effect on calls within a trace. Default: null, which means <see cref="OpenlayerOptions.InferencePipelineId"/>.
    /// </summary>
    public string? InferencePipelineId { get; set; }

    /// <summary>Whether <see cref="StepType"/> was set. If not, the attribute with the next precedence determines the type.</summary>
    internal bool HasStepType { get; private set; }
}
