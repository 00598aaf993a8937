namespace Openlayer.Interception.Tracing;

/// <summary>
/// Restores the session that was set before <see cref="OpenlayerTracer.BeginSession"/>. Scopes can be disposed in any order, and more than
/// once: an inner session that is still open stays current.
/// </summary>
internal sealed class SessionScope(StepSource steps, Session session, Session? previous) : IDisposable
{
    public void Dispose()
    {
        session.End(previous);
        steps.Session = Session.Current(steps.Session);
    }
}
