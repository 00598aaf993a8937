using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Tests.Diagnostics;

public sealed partial class LogEventTests
{
    private static readonly LogEvent[] Events =
    [
        .. from type in typeof(LogEvent).Assembly.GetTypes()
           from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           where field.FieldType == typeof(LogEvent)
           select (LogEvent)field.GetValue(null)!,
    ];

    [Fact]
    public void No_two_events_have_the_same_id_or_name()
    {
        Assert.NotEmpty(Events);
        Assert.Equal(Events.Select(static e => e.Id), Events.Select(static e => e.Id).Distinct());
        Assert.Equal(Events.Select(static e => e.Name), Events.Select(static e => e.Name).Distinct());
    }

    [Fact]
    public void The_documentation_lists_each_event_and_no_other()
    {
        var documented = Row().Matches(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "logging.md")))
            .Select(static row => (
                int.Parse(row.Groups["id"].Value, null),
                row.Groups["name"].Value,
                row.Groups["level"].Value,
                row.Groups["category"].Value,
                row.Groups["message"].Value))
            .ToArray();

        var actual = Events.OrderBy(static e => e.Id).Select(static e => (e.Id, e.Name, $"{e.Level}", e.Category.Split('.')[^1], e.Message)).ToArray();
        Assert.Equal(actual, documented);
    }

    [Fact]
    public void An_event_has_its_id_name_level_and_category_in_the_log()
    {
        using var log = new CategorizedLog();

        new InternalLog(log).Report(new LogEvent(LogEvent.Invocation, 17, "Happened", LogLevel.Warning, "It happened."));

        Assert.Equal(("Openlayer.Interception.Invocation", 17, "Happened", LogLevel.Warning, "It happened. This is logged once."), Assert.Single(log.Entries));
    }

    [Fact]
    public void A_report_is_logged_once_for_each_cause()
    {
        using var log = new CategorizedLog();
        var internalLog = new InternalLog(log);
        var failed = new LogEvent(LogEvent.Publishing, 17, "Failed", LogLevel.Error, "{Publisher} failed.");

        for (var i = 0; i < 3; i++)
        {
            internalLog.Report(failed, new InvalidOperationException(), "A");
            internalLog.Report(failed, new InvalidOperationException(), "B");
            internalLog.Report(failed, new TimeoutException(), "B");
        }

        Assert.Equal(
            [
                $"A failed. This is logged once. {typeof(InvalidOperationException)}",
                $"B failed. This is logged once. {typeof(InvalidOperationException)}",
                $"B failed. This is logged once. {typeof(TimeoutException)}",
            ],
            log.Entries.Select(static entry => entry.Message));
    }

    [Fact]
    public void A_report_is_counted_each_time()
    {
        var log = new InternalLog(null);
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, meters) =>
            {
                if (instrument.Name == "openlayer.failures")
                {
                    meters.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            // Other tests report failures at the same time.
            if (tags[0].Value is "CountedByThisTest")
            {
                Interlocked.Add(ref counted, count);
            }
        });
        listener.Start();

        var failure = new LogEvent(LogEvent.Invocation, 9999, "CountedByThisTest", LogLevel.Error, "A failure.");
        log.Report(failure);
        log.Report(failure);
        log.Report(failure, new InvalidOperationException());

        Assert.Equal(3, Interlocked.Read(ref counted));
    }

    [Fact]
    public void A_logger_or_an_exception_that_throws_does_not_reach_the_caller()
    {
        using var log = new CategorizedLog { Fails = true };
        var internalLog = new InternalLog(log);

        internalLog.Report(new LogEvent(LogEvent.Invocation, 17, "Happened", LogLevel.Error, "It happened."), new UnreadableException());
        internalLog.Write(new LogEvent(LogEvent.Invocation, 18, "Happened", LogLevel.Error, "It happened."));

        Assert.Empty(log.Entries);
    }

    [GeneratedRegex(@"^\| (?<id>\d+) \| `(?<name>\w+)` \| (?<level>\w+) \| (?<category>\w+) \| (?<message>[^|]+?) \| [^|]+ \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed class UnreadableException : Exception
    {
        public override string? StackTrace => throw new InvalidOperationException();
    }

    private sealed class CategorizedLog : ILoggerFactory
    {
        public bool Fails { get; init; }

        public List<(string Category, int Id, string? Name, LogLevel Level, string Message)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        private sealed class Logger(CategorizedLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => !log.Fails ? true : throw new InvalidOperationException();

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (log.Fails)
                {
                    throw new InvalidOperationException();
                }

                log.Entries.Add((category, eventId.Id, eventId.Name, logLevel, formatter(state, exception)));
            }
        }
    }
}
