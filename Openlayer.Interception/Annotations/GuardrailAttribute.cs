namespace Openlayer.Interception;

/// <summary>
/// Guards the calls of a method, or of all intercepted methods of an interface or class. May be applied more than once, and adds to the
/// guardrails of the interface, of the class and of <see cref="OpenlayerOptions.Guardrails"/>. A guardrail that a method has more than once
/// checks a call once.
/// </summary>
/// <param name="guardrailType">
/// A class that implements <see cref="IGuardrail"/>, or the service that it is registered as. The container resolves it for each call. One
/// that is not registered is created once, with services of the container as arguments of its constructor; without a container it needs a
/// constructor without parameters.
/// </param>
/// <remarks>Guardrails check in the order of <see cref="Order"/>; of the same order, those of a type before those of a method, as they are written.</remarks>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class GuardrailAttribute(Type guardrailType) : Attribute
{
    /// <summary>The guardrail's class, or the service that it is registered as.</summary>
    public Type GuardrailType { get; } = guardrailType;

    /// <summary>
    /// Whether a call is blocked, with a <see cref="GuardrailBlockedException"/>, if the guardrail throws, cannot be created or exceeds its
    /// time budget. Default: false, which logs the failure and lets the call go on.
    /// </summary>
    public bool Required { get; set; }

    /// <summary>
    /// How many milliseconds one check may take, from 1 to 86,400,000. A check that takes longer has failed; its token is cancelled, and its
    /// decision is ignored. A check that completes synchronously is not interrupted. Default: 0, which means no limit.
    /// </summary>
    public int TimeBudgetMilliseconds { get; set; }

    /// <summary>The position among the guardrails of a method: lower ones check first. Default: 0.</summary>
    public int Order { get; set; }
}
