namespace Openlayer.Interception;

/// <summary>A guardrail blocked a call or its result, with <see cref="GuardrailBlockStrategy.Throw"/>.</summary>
public sealed class GuardrailBlockedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="guardrailName">The name of the guardrail.</param>
    /// <param name="reason">Why it blocked. Null if it gave no reason.</param>
    /// <param name="errorMessage">The guardrail's message for the user. Default: null.</param>
    /// <param name="innerException">The failure of a required guardrail. Default: null.</param>
    public GuardrailBlockedException(string guardrailName, string? reason, string? errorMessage = null, Exception? innerException = null)
        : base($"Guardrail '{guardrailName}' blocked execution: {reason ?? "no reason given"}", innerException)
    {
        GuardrailName = guardrailName;
        Reason = reason;
        ErrorMessage = errorMessage;
    }

    /// <summary>The name of the guardrail.</summary>
    public string GuardrailName { get; }

    /// <summary>Why it blocked. Null if it gave no reason.</summary>
    public string? Reason { get; }

    /// <summary>The guardrail's message for the user. Null if it gave none.</summary>
    public string? ErrorMessage { get; }
}
