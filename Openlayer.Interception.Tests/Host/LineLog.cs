using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Host;

/// <summary>Prints each log message as one line.</summary>
internal sealed class LineLog : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Console.WriteLine($"log: {formatter(state, exception).ReplaceLineEndings(" ")}");
        }
    }

    public void Dispose()
    {
    }
}
