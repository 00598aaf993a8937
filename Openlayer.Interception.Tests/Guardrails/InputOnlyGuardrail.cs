namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A guardrail that does not implement the check of outputs.</summary>
public sealed class InputOnlyGuardrail(Func<GuardrailInput, GuardrailDecision> check, bool isAsynchronous = false) : IGuardrail
{
    public string Name => "Input Only";

    public async ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
    {
        if (isAsynchronous)
        {
            await Task.Yield();
        }

        return check(input);
    }
}
