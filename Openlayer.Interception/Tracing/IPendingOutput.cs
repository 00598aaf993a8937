namespace Openlayer.Interception.Tracing;

/// <summary>An output that is known only after its step has ended.</summary>
internal interface IPendingOutput
{
    /// <summary>Records the output if it is known by now. Returns whether it is. Called again if not, by one thread at a time.</summary>
    bool TryRecord();
}
