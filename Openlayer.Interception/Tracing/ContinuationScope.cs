using System.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>Keeps a captured context current until it is disposed. Scopes can be disposed in any order, and more than once.</summary>
internal sealed class ContinuationScope : IDisposable
{
    private readonly StepSource _steps;
    private readonly StepContext? _previous;
    private readonly StepContext? _context;
    private readonly SessionScope? _session;
    private readonly Activity? _activity;
    private readonly Activity? _previousActivity;
    private int _disposed;

    public ContinuationScope(StepSource steps, TraceContext captured)
    {
        _steps = steps;
        _previous = steps.Ambient.Current;
        _context = captured.ContextFor(steps.Ambient);
        if (_context is not null)
        {
            steps.Ambient.Current = _context;
        }

        // Code that runs in an activity of its own keeps it.
        if (captured.Activity is { } activity && Activity.Current is not { IsStopped: false })
        {
            _activity = activity;
            _previousActivity = Activity.Current;
            Activity.Current = activity;
        }

        if (captured.UserAndSession is var (userId, sessionId) && (userId ?? sessionId) is not null)
        {
            _session = SessionScope.Begin(steps, new Session(userId, sessionId));
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _session?.Dispose();
        if (_activity is not null)
        {
            AmbientStep.LeaveActivity(_activity, _previousActivity);
        }

        if (_context is not null)
        {
            _steps.Ambient.LeaveScope(_context, _previous);
        }
    }
}
