namespace Openlayer.Interception.Tracing;

/// <summary>The user and session of the traces opened in an execution context. Thread-safe.</summary>
internal sealed class Session(string? userId, string? sessionId)
{
    private Replacement? _replacement;

    public string? UserId => userId;

    public string? SessionId => sessionId;

    /// <summary>The session itself; if it has ended, the one that was current before it.</summary>
    public static Session? Current(Session? session)
    {
        while (session is { _replacement: { } ended })
        {
            session = ended.Session;
        }

        return session;
    }

    /// <summary>Ends the session. Further calls do nothing.</summary>
    /// <param name="previous">The session that was current before it.</param>
    public void End(Session? previous) => Interlocked.CompareExchange(ref _replacement, new Replacement(previous), null);

    // The previous session can be null.
    private sealed class Replacement(Session? session)
    {
        public Session? Session { get; } = session;
    }
}
