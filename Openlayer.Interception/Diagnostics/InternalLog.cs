using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Openlayer.Interception.Diagnostics;

/// <summary>
/// The library's own log. Failures are reported here instead of being thrown into the application's calls. Thread-safe. Never throws.
/// </summary>
/// <param name="loggerFactory">Creates the loggers. Null for a log that is not written.</param>
internal sealed class InternalLog(ILoggerFactory? loggerFactory)
{
    private readonly ILoggerFactory _loggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    // Bounded, because events, their causes and exception types are.
    private readonly ConcurrentDictionary<(LogEvent Event, object? Cause, Type? Exception), int> _reported = new();

    /// <summary>
    /// Reports a failure. It is logged once for each cause and type of exception, and counted each time. Of the exception only the type and
    /// the stack trace are logged, because its message may contain captured values.
    /// </summary>
    /// <param name="event">What failed.</param>
    /// <param name="exception">The exception, if there is one.</param>
    /// <param name="cause">The template's argument, if it has one. Causes with different arguments are logged separately.</param>
    public void Report(LogEvent @event, Exception? exception = null, object? cause = null)
    {
        if (_reported.AddOrUpdate((@event, cause, exception?.GetType()), 1, static (_, count) => count + 1) > 1)
        {
            return;
        }

        var message = @event.Message + " This is logged once.";
        if (exception is null)
        {
            Write(@event, message, cause is null ? [] : [cause]);
        }
        else
        {
            var stackTrace = exception.StackTrace is { } trace ? Environment.NewLine + trace : "";
            Write(@event, message + " {ExceptionType}{StackTrace}", cause is null ? [exception.GetType(), stackTrace] : [cause, exception.GetType(), stackTrace]);
        }
    }

    /// <summary>Logs an event. It is logged each time: the caller limits how often.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="arguments">The template's arguments.</param>
    public void Write(LogEvent @event, params object?[] arguments) => Write(@event, @event.Message, arguments);

    private void Write(LogEvent @event, string message, object?[] arguments)
    {
        try
        {
            var logger = _loggers.GetOrAdd(@event.Category, static (category, loggers) => loggers.CreateLogger(category), _loggerFactory);
#pragma warning disable CA2254 // The templates are constants: those of the events.
            logger.Log(@event.Level, @event.EventId, message, arguments);
#pragma warning restore CA2254
        }
        catch (Exception)
        {
            // The application's logger failed. There is nowhere left to report that.
        }
    }
}
