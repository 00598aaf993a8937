using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A logger that records messages, and lets a test wait for them.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _messages = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();

    public IReadOnlyList<string> Messages => [.. _messages];

    /// <summary>Returns the next message that the test has not read yet. Waits for one.</summary>
    public async Task<string> NextAsync() => await _unread.Reader.ReadAsync().AsTask().WaitAsync(HungAfter);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var message = $"{logLevel}: {formatter(state, exception)} {exception}";
        _messages.Enqueue(message);
        _unread.Writer.TryWrite(message);
    }

    public void Dispose()
    {
    }
}
