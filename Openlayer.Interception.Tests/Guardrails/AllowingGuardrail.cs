namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Allows every input and output, and counts the checks.</summary>
public sealed class AllowingGuardrail(GuardrailStreaming streaming) : IGuardrail
{
    private int _inputs;
    private int _outputs;

    public AllowingGuardrail()
        : this(GuardrailStreaming.WholeText)
    {
    }

    public string Name => "Allowing";

    public GuardrailStreaming Streaming => streaming;

    public int Inputs => _inputs;

    public int Outputs => _outputs;

    public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _inputs);
        return new(GuardrailDecision.Allow());
    }

    public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outputs);
        return new(GuardrailDecision.Allow());
    }
}
