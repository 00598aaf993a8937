namespace Openlayer.Interception.Diagnostics;

/// <summary>
/// An exception filter that never catches. It stores the exception for a finally block, which runs when the callee has unwound. The
/// exception propagates with its stack trace unchanged and is not rethrown.
/// </summary>
internal static class ExceptionObserver
{
    public static bool Observe(Exception exception, out Exception observed)
    {
        observed = exception;
        return false;
    }
}
