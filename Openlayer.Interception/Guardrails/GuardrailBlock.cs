namespace Openlayer.Interception.Guardrails;

/// <summary>That a guardrail blocked, and what the caller gets.</summary>
/// <param name="GuardrailName">The guardrail's name.</param>
/// <param name="Strategy">What the caller gets.</param>
/// <param name="Reason">Why.</param>
/// <param name="ErrorMessage">The message for the user. Null for none.</param>
/// <param name="Failure">The failure of a required guardrail. Null if the guardrail decided.</param>
internal sealed record GuardrailBlock(string GuardrailName, GuardrailBlockStrategy Strategy, string? Reason, string? ErrorMessage, Exception? Failure)
{
    /// <summary>What a stream of texts, or a method that returns a text, returns.</summary>
    public string Message => ErrorMessage ?? Reason ?? $"Guardrail '{GuardrailName}' blocked execution.";

    public static GuardrailBlock Of(string name, GuardrailDecision decision) => new(name, decision.Strategy, decision.Reason, decision.ErrorMessage, Failure: null);

    /// <summary>A required guardrail failed. The message of the exception is left out, because it may repeat what should have been checked.</summary>
    public static GuardrailBlock Of(string name, Exception failure) => new(name, GuardrailBlockStrategy.Throw, ReasonOf(failure), ErrorMessage: null, failure);

    public static string ReasonOf(Exception failure) => $"the guardrail is required, and failed with {failure.GetType().Name}";

    public GuardrailBlockedException ToException() => new(GuardrailName, Reason, ErrorMessage, Failure);

    /// <summary>Returns what the caller of a method gets.</summary>
    /// <typeparam name="TResult">What the method returns, unwrapped from a task.</typeparam>
    /// <exception cref="GuardrailBlockedException">It gets an exception.</exception>
    public TResult ToResult<TResult>() => Strategy switch
    {
        GuardrailBlockStrategy.ReturnEmpty => EmptyResult<TResult>.Create(),
        GuardrailBlockStrategy.SkipCall => EmptyResult<TResult>.IsStream ? EmptyResult<TResult>.Create() : default!,
        GuardrailBlockStrategy.ReturnErrorMessage when EmptyResult<TResult>.TryCreate(Message, out var result) => result,
        _ => throw ToException(),
    };
}
