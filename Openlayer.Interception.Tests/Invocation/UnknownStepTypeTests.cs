using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Invocation;

/// <summary>A step type that does not exist, in an attribute, is found when the first call reads the attribute.</summary>
public sealed class UnknownStepTypeTests : IAsyncDisposable
{
    private readonly Lines _lines = new();
    private readonly InMemoryTracePublisher _published = new();
    private readonly OpenlayerTracer _tracer;

    public UnknownStepTypeTests() => _tracer = new OpenlayerTracer(new OpenlayerOptions
    {
        SendToOpenlayer = false,
        LoggerFactory = _lines,
        Publishers = { _published },
    });

    public static TheoryData<string> Places => [.. Calls.Keys];

    private static Dictionary<string, Func<OpenlayerTracer, Func<int>>> Calls { get; } = new()
    {
        ["IOnMethod.Get"] = static tracer => tracer.Intercept<IOnMethod>(new Target()).Get,
        ["IOnInterface.Get"] = static tracer => tracer.Intercept<IOnInterface>(new Target()).Get,
        ["IPlain.Get"] = static tracer => tracer.Intercept<IPlain>(new OnClass()).Get,
        ["IClient.Get"] = static tracer => tracer.Intercept<IClient>(new Target()).Get,
        ["IPlain.Get of a client"] = static tracer => tracer.Intercept<IPlain>(new ClientClass()).Get,
    };

    public ValueTask DisposeAsync() => _tracer.DisposeAsync();

    [Theory]
    [MemberData(nameof(Places))]
    public async Task An_unknown_step_type_in_an_attribute_leaves_the_call_as_it_is_and_is_logged_once_with_the_method(string place)
    {
        var call = Calls[place](_tracer);

        Assert.Equal([7, 7, 7], [call(), call(), call()]);

        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_published.Traces);
        var line = Assert.Single(_lines);
        Assert.Contains(place.Split(' ')[0], line, StringComparison.Ordinal);
        Assert.Contains("unknown step type", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_methods_of_the_service_are_traced()
    {
        var service = _tracer.Intercept<IOnMethod>(new Target());

        Assert.Equal((7, 8), (service.Get(), service.GetOther()));

        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("IOnMethod.GetOther", Assert.Single(_published.Traces).Root.Name);
    }

    public interface IOnMethod
    {
        [Trace(StepType = (StepType)99)]
        int Get();

        int GetOther();
    }

    [Trace(StepType = (StepType)99)]
    public interface IOnInterface
    {
        int Get();
    }

    public interface IPlain
    {
        int Get();
    }

    [ProviderClient("gateway", (StepType)99)]
    public interface IClient
    {
        int Get();
    }

    private sealed class Target : IOnMethod, IOnInterface, IClient
    {
        public int Get() => 7;

        public int GetOther() => 8;
    }

    [Trace(StepType = (StepType)(-1))]
    private sealed class OnClass : IPlain
    {
        public int Get() => 7;
    }

    [ProviderClient("gateway", (StepType)int.MaxValue)]
    private sealed class ClientClass : IPlain
    {
        public int Get() => 7;
    }

    private sealed class Lines : List<string>, ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
