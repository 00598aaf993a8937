namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A guardrail whose checks a test writes. Without one, it allows.</summary>
public sealed class ScriptedGuardrail(string name = "PII Guard") : IGuardrail
{
    public string Name => name;

    public GuardrailStreaming Streaming { get; init; } = GuardrailStreaming.WholeText;

    /// <summary>Whether checks complete later, on another thread.</summary>
    public bool IsAsynchronous { get; init; }

    public Func<GuardrailInput, GuardrailDecision>? OnInput { get; init; }

    public Func<GuardrailOutput, GuardrailDecision>? OnOutput { get; init; }

    public async ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
    {
        await Suspend();
        return OnInput?.Invoke(input) ?? GuardrailDecision.Allow();
    }

    public async ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken)
    {
        await Suspend();
        return OnOutput?.Invoke(output) ?? GuardrailDecision.Allow();
    }

    private async ValueTask Suspend()
    {
        if (IsAsynchronous)
        {
            await Task.Yield();
        }
    }
}
