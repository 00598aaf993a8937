namespace Openlayer.Interception.Registration;

/// <summary>
/// Whether the calling thread is creating a tracer. The proxies of services resolved meanwhile, for publishers and options, cannot have it yet.
/// </summary>
internal static class TracerCreation
{
    [ThreadStatic]
    private static bool _isRunning;

    public static bool IsRunning => _isRunning;

    public static TResult Run<TResult>(Func<TResult> create)
    {
        var wasRunning = _isRunning;
        _isRunning = true;
        try
        {
            return create();
        }
        finally
        {
            _isRunning = wasRunning;
        }
    }
}
