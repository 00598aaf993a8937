namespace Openlayer.Interception;

/// <summary>What <see cref="PersonalDataGuardrail"/> does with a kind of personal data.</summary>
public enum PersonalDataAction
{
    /// <summary>It stays, and is not reported.</summary>
    Allow,

    /// <summary>A token such as <c>[EMAIL-REDACTED]</c> takes its place.</summary>
    Redact,

    /// <summary>The call or its result is blocked.</summary>
    Block,
}
