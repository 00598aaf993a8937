namespace Openlayer.Interception.Tracing;

/// <summary>Receives completed traces.</summary>
internal interface ITraceSink
{
    /// <summary>Accepts a completed trace, on the thread that completed it. Neither blocks nor throws.</summary>
    void Accept(OpenlayerTrace trace);
}
