namespace Openlayer.Interception;

/// <summary>What a guardrail decides about an input or an output. Immutable.</summary>
public sealed class GuardrailDecision
{
    private static readonly GuardrailDecision Allowed = new(GuardrailAction.Allow, reason: null, metadata: null);

    private GuardrailDecision(GuardrailAction action, string? reason, IReadOnlyDictionary<string, object?>? metadata)
    {
        Action = action;
        Reason = reason;
        Metadata = metadata;
    }

    /// <summary>What is decided.</summary>
    public GuardrailAction Action { get; }

    /// <summary>Why. Null if no reason is given. Recorded: it must not repeat what is masked or blocked.</summary>
    public string? Reason { get; }

    /// <summary>
    /// Additional values, which are recorded with the check. Under <c>detected_entities</c>, <c>blocked_entities</c>, <c>redacted_entities</c>
    /// and <c>confidence_threshold</c> they are the values of the <see cref="GuardrailStep"/> as well. They must not repeat what is masked or
    /// blocked. Null for none.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? Metadata { get; }

    /// <summary>The input to use, if an input is modified. Otherwise null.</summary>
    public GuardrailInput? Input { get; private init; }

    /// <summary>The output to use, if an output is modified. Otherwise null.</summary>
    public GuardrailOutput? Output { get; private init; }

    /// <summary>What the caller gets if the value is blocked.</summary>
    public GuardrailBlockStrategy Strategy { get; private init; }

    /// <summary>
    /// The message for the user if the value is blocked. Null if there is none; <see cref="GuardrailBlockStrategy.ReturnErrorMessage"/> then
    /// returns the reason.
    /// </summary>
    public string? ErrorMessage { get; private init; }

    /// <summary>The value is used as it is.</summary>
    /// <param name="reason">Why. Default: null.</param>
    /// <param name="metadata">See <see cref="Metadata"/>. Default: null.</param>
    public static GuardrailDecision Allow(string? reason = null, IReadOnlyDictionary<string, object?>? metadata = null) =>
        reason is null && metadata is null ? Allowed : new(GuardrailAction.Allow, reason, metadata);

#pragma warning disable RS0026 // The overloads differ in a required parameter of unrelated sealed classes.

    /// <summary>The target gets other arguments: <c>GuardrailDecision.Modify(input.With("question", masked))</c>.</summary>
    /// <param name="input">The input to use, made by <see cref="GuardrailInput.With"/> of the one that is checked.</param>
    /// <param name="reason">Why. Default: null.</param>
    /// <param name="metadata">See <see cref="Metadata"/>. Default: null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="input"/> is null.</exception>
    public static GuardrailDecision Modify(GuardrailInput input, string? reason = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new(GuardrailAction.Modify, reason, metadata) { Input = input };
    }

    /// <summary>The caller gets another result: <c>GuardrailDecision.Modify(output.With(masked))</c>.</summary>
    /// <param name="output">The output to use, made by <see cref="GuardrailOutput.With"/> of the one that is checked.</param>
    /// <param name="reason">Why. Default: null.</param>
    /// <param name="metadata">See <see cref="Metadata"/>. Default: null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    public static GuardrailDecision Modify(GuardrailOutput output, string? reason = null, IReadOnlyDictionary<string, object?>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new(GuardrailAction.Modify, reason, metadata) { Output = output };
    }

#pragma warning restore RS0026

    /// <summary>The value is not used.</summary>
    /// <param name="reason">Why. Recorded, and part of the exception's message.</param>
    /// <param name="strategy">What the caller gets. Default: <see cref="GuardrailBlockStrategy.Throw"/>.</param>
    /// <param name="errorMessage">The message for the user. Default: null.</param>
    /// <param name="metadata">See <see cref="Metadata"/>. Default: null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="strategy"/> is not a value of <see cref="GuardrailBlockStrategy"/>.</exception>
    public static GuardrailDecision Block(
        string? reason,
        GuardrailBlockStrategy strategy = GuardrailBlockStrategy.Throw,
        string? errorMessage = null,
        IReadOnlyDictionary<string, object?>? metadata = null)
    {
        if (!Enum.IsDefined(strategy))
        {
            throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "The strategy is not a value of GuardrailBlockStrategy. Use one of its names, such as GuardrailBlockStrategy.Throw.");
        }

        return new(GuardrailAction.Block, reason, metadata) { Strategy = strategy, ErrorMessage = errorMessage };
    }
}
