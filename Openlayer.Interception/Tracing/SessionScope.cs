namespace Openlayer.Interception.Tracing;

/// <summary>What <see cref="OpenlayerTracer.BeginSession"/> returns: puts the session back that was set before.</summary>
internal sealed class SessionScope(AsyncLocal<Session?> session, Session? previous) : IDisposable
{
    public void Dispose() => session.Value = previous;
}
