namespace Openlayer.Interception.Registration;

/// <summary>
/// Whether the calling thread is creating a tracer. The proxies of services resolved meanwhile, for publishers and options, cannot have it yet.
/// </summary>
internal static class TracerCreation
{
    [ThreadStatic]
    private static bool t_isRunning;

    public static bool IsRunning => t_isRunning;

    public static TResult Run<TResult>(Func<TResult> create)
    {
        var wasRunning = t_isRunning;
        t_isRunning = true;
        try
        {
            return create();
        }
        finally
        {
            t_isRunning = wasRunning;
        }
    }
}
