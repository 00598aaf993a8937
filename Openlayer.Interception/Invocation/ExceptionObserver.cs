namespace Openlayer.Interception.Invocation;

/// <summary>
/// An exception filter that never catches: it only notes the exception, for a finally block that runs when what is below has unwound.
/// So an exception passes by with its stack trace untouched and is not thrown twice.
/// </summary>
internal static class ExceptionObserver
{
    public static bool Note(Exception exception, out Exception noted)
    {
        noted = exception;
        return false;
    }
}
