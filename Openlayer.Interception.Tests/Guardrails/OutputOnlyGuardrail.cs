namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A guardrail that does not implement the check of inputs.</summary>
public sealed class OutputOnlyGuardrail(
    Func<GuardrailOutput, GuardrailDecision> check, bool isAsynchronous = false, GuardrailStreaming streaming = GuardrailStreaming.WholeText) : IGuardrail
{
    public string Name => "Output Only";

    public GuardrailStreaming Streaming => streaming;

    public async ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken)
    {
        if (isAsynchronous)
        {
            await Task.Yield();
        }

        return check(output);
    }
}
