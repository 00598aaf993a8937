namespace Openlayer.Interception.Tracing;

/// <summary>
/// Restores the session that was set before <see cref="OpenlayerTracer.BeginSession"/>. Scopes can be disposed in any order, and more than
/// once: an inner session that is still open stays current.
/// </summary>
internal sealed class SessionScope : IDisposable
{
    private readonly StepSource _steps;
    private readonly Session _session;
    private readonly Session? _previous;

    private SessionScope(StepSource steps, Session session, Session? previous)
    {
        _steps = steps;
        _session = session;
        _previous = previous;
    }

    /// <summary>Makes a session current.</summary>
    public static SessionScope Begin(StepSource steps, Session session)
    {
        var scope = new SessionScope(steps, session, Session.Current(steps.Session));
        steps.Session = session;
        return scope;
    }

    public void Dispose()
    {
        _session.End(_previous);
        _steps.Session = Session.Current(_steps.Session);
    }
}
