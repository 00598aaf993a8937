using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>The clock, the capture and the sink that the traces of one tracer share. Thread-safe.</summary>
/// <param name="clock">The clock of all steps.</param>
/// <param name="capture">Captures the values that are set on steps and traces.</param>
/// <param name="sink">Receives complete traces. Null for traces that are never published.</param>
/// <param name="log">The library's log.</param>
internal sealed class TraceOwner(TimeProvider clock, ValueCapture capture, ITraceSink? sink, InternalLog log)
{
    public TimeProvider Clock => clock;

    public ValueCapture Capture => capture;

    /// <summary>Whether traces of this owner are published when they are complete.</summary>
    public bool IsRecording => sink is not null;

    /// <summary>Called once by each recorded trace, on the thread that ended its last step.</summary>
    public void Complete(OpenlayerTrace trace)
    {
        try
        {
            if (trace.HasModelLayers)
            {
                ModelLayers.Merge(trace);
            }

            sink?.Accept(trace);
        }
        catch (Exception exception)
        {
            log.Report(TracingEvents.TraceNotCompleted, exception);
        }
    }
}
