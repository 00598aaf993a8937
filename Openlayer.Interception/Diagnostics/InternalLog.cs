using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Openlayer.Interception.Diagnostics;

/// <summary>
/// Where failures of this library go instead of into the user's call: logged once per cause, counted each time. Of an exception only the
/// type and the stack trace are logged, because a message may hold what was being captured. Thread-safe. Never throws.
/// </summary>
internal sealed class InternalLog(ILogger logger)
{
    // Bounded by construction: causes are the constants of the callers, combined with exception types.
    private readonly ConcurrentDictionary<(string Cause, Type? Exception), int> _counts = new();

    /// <summary>How many failures there were, of any cause.</summary>
    public long Count => _counts.Values.Sum(static count => (long)count);

    public ILogger Logger => logger;

    /// <summary>A log that writes to a logger of the factory.</summary>
    /// <param name="loggerFactory">The factory. Null for a log that is written nowhere.</param>
    public static InternalLog From(ILoggerFactory? loggerFactory) =>
        new((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger(typeof(OpenlayerTracer).FullName!));

    /// <summary>Logs something that is no failure, for whoever looks closer. Not limited: the caller says it once.</summary>
    public void Note(string what)
    {
        try
        {
            logger.LogDebug("{What} This is logged once.", what);
        }
        catch
        {
            // As below.
        }
    }

    /// <param name="cause">A constant that says what failed and what it means for the trace.</param>
    /// <param name="exception">What was thrown, if anything was.</param>
    public void Report(string cause, Exception? exception = null) => Write(LogLevel.Error, cause, exception);

    /// <summary>Says what is no failure of this library but should be known: logged once per cause, as a warning.</summary>
    /// <param name="cause">A constant that says what happened and what it means for the trace.</param>
    public void Warn(string cause) => Write(LogLevel.Warning, cause, exception: null);

    private void Write(LogLevel level, string cause, Exception? exception)
    {
        if (_counts.AddOrUpdate((cause, exception?.GetType()), 1, static (_, count) => count + 1) > 1)
        {
            return;
        }

        try
        {
            logger.Log(
                level,
                "{Cause} This is logged once. {ExceptionType}{StackTrace}",
                cause,
                exception?.GetType().FullName,
                exception?.StackTrace is { } stackTrace ? Environment.NewLine + stackTrace : null);
        }
        catch
        {
            // A logger that throws is one more thing that must not reach the call; there is nowhere left to say so.
        }
    }
}
