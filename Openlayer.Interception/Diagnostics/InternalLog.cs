using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Openlayer.Interception.Diagnostics;

/// <summary>
/// The library's own log. Failures are reported here instead of being thrown into the application's calls. Thread-safe. Never throws.
/// </summary>
internal sealed class InternalLog
{
    private static readonly Counter<long> Failures = new Meter("Openlayer.Interception")
        .CreateCounter<long>("openlayer.failures", "{failure}", "Failures inside the library, each of which is logged once for each cause.");

    // Bounded, because events, their causes and exception types are. Strings, so that collectible assemblies stay collectible.
    private readonly ConcurrentDictionary<(int EventId, string? Cause, string? ExceptionType), bool> _reported = new();
    private readonly Dictionary<string, ILogger> _loggers;

    /// <param name="loggerFactory">Creates the loggers. Null for a log that is not written.</param>
    public InternalLog(ILoggerFactory? loggerFactory)
    {
        // Created now: a container may dispose the factory before the tracer, whose last messages matter.
        var factory = loggerFactory ?? NullLoggerFactory.Instance;
        _loggers = LogEvent.Categories.ToDictionary(static category => category, factory.CreateLogger);
    }

    /// <summary>
    /// Reports a failure. It is counted each time, and logged once for each cause and type of exception. Of the exception only the type and
    /// the stack trace are logged, because its message may contain captured values.
    /// </summary>
    /// <param name="event">What failed.</param>
    /// <param name="exception">The exception, if there is one.</param>
    /// <param name="cause">The template's argument, if it has one. Causes with different arguments are logged separately.</param>
    public void Report(LogEvent @event, Exception? exception = null, object? cause = null)
    {
        try
        {
            Failures.Add(1, new KeyValuePair<string, object?>("event", @event.Name));
            var detail = cause?.ToString();
            var exceptionType = exception?.GetType().ToString();
            if (!_reported.TryAdd((@event.Id, detail, exceptionType), true))
            {
                return;
            }

            var message = @event.Message + " This is logged once.";
            object?[] arguments = detail is null ? [] : [detail];
            if (exception is not null)
            {
                message += " {ExceptionType}{StackTrace}";
                arguments = [.. arguments, exceptionType, exception.StackTrace is { } trace ? Environment.NewLine + trace : ""];
            }

            Write(@event, message, arguments);
        }
        catch (Exception)
        {
            // Members of the exception can throw. There is nowhere left to report that.
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
#pragma warning disable CA2254 // The templates are constants: those of the events.
            _loggers[@event.Category].Log(@event.Level, @event.EventId, message, arguments);
#pragma warning restore CA2254
        }
        catch (Exception)
        {
            // The application's logger failed. There is nowhere left to report that.
        }
    }
}
