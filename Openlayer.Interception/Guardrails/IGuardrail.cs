namespace Openlayer.Interception;

/// <summary>
/// Checks the arguments of a call before the target runs, and what the call returns before the caller gets it. A method is guarded by
/// <see cref="GuardrailAttribute"/>, or by a registration whose predicate selects it: see <see cref="GuardrailRegistry"/>. Members can be
/// called concurrently, unless the container creates an instance for each call.
/// </summary>
/// <remarks>
/// An exception is logged, and the call goes on as if the guardrail had allowed it, unless the guardrail is required. On a synchronous method
/// a check must complete synchronously. Traced calls that a check makes are steps below the guardrail's step. Guardrails run whether or not
/// the call is traced.
/// </remarks>
public interface IGuardrail
{
    /// <summary>The name under which checks are recorded, such as <c>PII Guard</c>. Constant.</summary>
    string Name { get; }

    /// <summary>In which parts the output of a stream is checked. Default: <see cref="GuardrailStreaming.WholeText"/>.</summary>
    GuardrailStreaming Streaming => GuardrailStreaming.WholeText;

    /// <summary>Checks the arguments of a call. Default: allows them.</summary>
    /// <param name="input">The method and its arguments, as earlier guardrails left them.</param>
    /// <param name="cancellationToken">Cancelled with the caller's token, if the method has one, and when the time budget is spent.</param>
    /// <returns>What happens with the call.</returns>
    ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) => new(GuardrailDecision.Allow());

    /// <summary>
    /// Checks what a call returns; of a stream, each part that <see cref="Streaming"/> names. Not called if the call fails. Default: allows it.
    /// </summary>
    /// <param name="output">The method and its result, as earlier guardrails left it.</param>
    /// <param name="cancellationToken">Cancelled with the caller's token, if the method has one, and when the time budget is spent.</param>
    /// <returns>What happens with the result.</returns>
    ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken) => new(GuardrailDecision.Allow());
}
