namespace Openlayer.Interception;

/// <summary>What a guardrail decides.</summary>
public enum GuardrailAction
{
    /// <summary>The value is used as it is.</summary>
    Allow,

    /// <summary>Another value is used in its place.</summary>
    Modify,

    /// <summary>The value is not used. <see cref="GuardrailBlockStrategy"/> says what the caller gets.</summary>
    Block,
}
