namespace Openlayer.Interception.Registration;

/// <summary>
/// Whether the calling thread is creating a tracer. Services resolved meanwhile, for publishers and options, are not traced: their proxies
/// would need the tracer.
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
