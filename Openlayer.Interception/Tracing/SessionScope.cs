namespace Openlayer.Interception.Tracing;

/// <summary>Restores the session that was set before <see cref="OpenlayerTracer.BeginSession"/>.</summary>
internal sealed class SessionScope(StepSource steps, Session? previous) : IDisposable
{
    public void Dispose() => steps.Session = previous;
}
