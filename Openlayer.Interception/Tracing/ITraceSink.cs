namespace Openlayer.Interception.Tracing;

/// <summary>Receives completed traces.</summary>
internal interface ITraceSink
{
    /// <summary>Takes a completed trace, on the thread that completed it. Does not wait and does not throw.</summary>
    void Accept(OpenlayerTrace trace);
}
