namespace Openlayer.Interception;

/// <summary>
/// What the caller gets if a guardrail blocks. Input that is blocked never reaches the target, and output that is blocked never reaches the
/// caller, whichever the strategy.
/// </summary>
public enum GuardrailBlockStrategy
{
    /// <summary>A <see cref="GuardrailBlockedException"/>, as if the target had thrown it: by the task or the stream if the method returns one.</summary>
    Throw,

    /// <summary>An empty value: an empty string, array, collection or stream; otherwise the type's default value, such as null or 0.</summary>
    ReturnEmpty,

    /// <summary>
    /// The error message, if the method returns a string, an object or a stream of one of them. Otherwise, as <see cref="Throw"/>.
    /// </summary>
    ReturnErrorMessage,

    /// <summary>The type's default value: null, 0, or an empty stream.</summary>
    SkipCall,
}
