using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Streaming;

/// <summary>Describes the steps of the streams that a method returns. Thread-safe.</summary>
/// <param name="stepName">The name of their steps.</param>
/// <param name="stepType">The type of their steps.</param>
/// <param name="isCall">Whether the wire format marks their steps as calls of a traced function.</param>
/// <param name="isRedacted">Whether the items are redacted.</param>
internal sealed class StreamDescriptor(string stepName, StepType stepType, bool isCall, bool isRedacted)
{
    public string StepName => stepName;

    public StepType StepType => stepType;

    public bool IsCall => isCall;

    public bool IsRedacted => isRedacted;

    /// <summary>The redacted elements of the items, if they are tuples.</summary>
    public TupleNames? Tuples { get; init; }

    /// <summary>The number of items of the stream that ended last, a capacity hint for the next one. Races are harmless.</summary>
    public long LastLength { get; set; }
}
