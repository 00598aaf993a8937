namespace Openlayer.Interception.Tracing;

/// <summary>
/// Publishes a trace whose root can no longer end, because the task that would end it was collected. A separate object, so that only traces
/// that have been idle for a long time have a finalizer.
/// </summary>
internal sealed class TraceLeakDetector(OpenlayerTrace trace, OpenTraces traces)
{
    ~TraceLeakDetector() => traces.PublishCollected(trace);
}
