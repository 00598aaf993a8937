using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tracing;

/// <summary>What the traces of one tracer share: the clock, the capture, the limits and the sink. Thread-safe.</summary>
/// <param name="clock">The clock of all steps.</param>
/// <param name="capture">Captures the values that are set on steps and traces.</param>
/// <param name="settings">The limits of one trace.</param>
/// <param name="open">Registers open traces. Null for traces that are never published.</param>
/// <param name="sink">Receives complete traces. Null for traces that are never published.</param>
/// <param name="telemetry">Observes the steps. Null for traces that are never published.</param>
/// <param name="log">The library's log.</param>
internal sealed class TraceOwner(
    TimeProvider clock, ValueCapture capture, OpenlayerSettings settings, OpenTraces? open, ITraceSink? sink, IStepTelemetry? telemetry, InternalLog log)
{
    public TimeProvider Clock => clock;

    public ValueCapture Capture => capture;

    public IStepTelemetry? Telemetry => telemetry;

    public int MaxSteps { get; } = settings.MaxTraceSteps;

    public long MaxBytes { get; } = settings.MaxTraceBytes;

    public bool SumsUsage { get; } = settings.SumUsage;

    /// <summary>Whether traces of this owner are published when they are complete.</summary>
    public bool IsRecording => sink is not null;

    /// <summary>Registers a new trace. Returns its slot.</summary>
    public int Open(OpenlayerTrace trace) => open?.Add(trace) ?? -1;

    /// <summary>Called once by each recorded trace, on the thread that ended its last step.</summary>
    public void Complete(OpenlayerTrace trace)
    {
        try
        {
            open?.Remove(trace, trace.Slot);
            trace.Root.ReleaseContexts(trace.Origin);
            trace.RecordPending();

            // Before steps are merged: what one of them held is released with the others.
            trace.CollectAttachments();
            if ((trace.IsTentative && !ModelLayers.HasCall(trace)) || !trace.Origin.IsPublished)
            {
                trace.ReleaseAttachments();
                return;
            }

            if (trace.HasModelLayers)
            {
                ModelLayers.Merge(trace);
            }

            settings.Prices?.ApplyTo(trace.Root);
            trace.NoteOmissions();
            sink?.Accept(trace);
        }
        catch (Exception exception)
        {
            log.Report(TracingEvents.TraceNotCompleted, exception);
        }
    }
}
