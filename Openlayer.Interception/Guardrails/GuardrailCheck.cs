using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Guardrails;

/// <summary>
/// The checks of one guardrail on the input or the output of one call: one check, or one for each part of a stream. Keeps the gravest decision.
/// Used by one thread at a time.
/// </summary>
internal sealed class GuardrailCheck(MethodGuardrail guardrail, bool isInput)
{
    private Severity _severity = Severity.None;

    private enum Severity
    {
        None,
        Allowed,
        Failed,
        Modified,
        Blocked,
    }

    public MethodGuardrail Guardrail => guardrail;

    public bool IsInput => isInput;

    /// <summary>The guardrail's name; the name of its class until it is resolved.</summary>
    public string Name { get; set; } = guardrail.Type.Name;

    /// <summary>The gravest decision. Null if the check failed, or has not ended.</summary>
    public GuardrailDecision? Decision { get; private set; }

    /// <summary>Why the check failed. Null if it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The number of checks that have ended.</summary>
    public int Count { get; private set; }

    public bool IsModified => _severity == Severity.Modified;

    /// <summary>Whether the check blocks: by its decision, or because the guardrail is required and failed.</summary>
    public bool IsBlocked => _severity == Severity.Blocked;

    /// <summary>The context that the checks run in. Null before the first one, and if they are not recorded.</summary>
    public StepContext? Context { get; set; }

    /// <summary>The step of the checks. Null if they are not recorded.</summary>
    public GuardrailStep? Step { get; set; }

    public void Decided(GuardrailDecision decision) => Take(
        decision.Action switch
        {
            GuardrailAction.Block => Severity.Blocked,
            GuardrailAction.Modify => Severity.Modified,
            _ => Severity.Allowed,
        },
        decision,
        failure: null);

    public void Failed(Exception failure) => Take(guardrail.Required ? Severity.Blocked : Severity.Failed, decision: null, failure);

    private void Take(Severity severity, GuardrailDecision? decision, Exception? failure)
    {
        Count++;
        if (severity > _severity)
        {
            (_severity, Decision, Failure) = (severity, decision, failure);
        }
    }
}
