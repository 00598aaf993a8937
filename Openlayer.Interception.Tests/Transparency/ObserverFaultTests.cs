using System.Runtime.CompilerServices;
using System.Text;
using Castle.DynamicProxy;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>
/// The library uses the tracer's clock whenever it observes a call, a task, a stream, a timer or a finalizer. The clock throws at each use in
/// turn, and so does the logger that the failure is reported to.
/// </summary>
public sealed class ObserverFaultTests
{
    private static readonly ProxyGenerator Generator = new();

    [Fact]
    public async Task A_fault_at_any_point_of_the_observation_does_not_affect_the_caller()
    {
        var expected = await RunAsync(new Service(), tracer: null);
        var (counted, readings) = await RunTracedAsync(failsFrom: int.MaxValue, failsUntil: int.MaxValue);
        Assert.Equal(expected, counted);
        Assert.True(readings > 40, $"The clock was read only {readings} times.");

        for (var reading = 1; reading <= readings; reading++)
        {
            Assert.Equal((reading, expected), (reading, (await RunTracedAsync(reading, reading)).Transcript));
            Assert.Equal((reading, expected), (reading, (await RunTracedAsync(reading, int.MaxValue)).Transcript));
        }
    }

    [Fact]
    public async Task A_step_that_cannot_be_opened_does_not_keep_its_trace_open()
    {
        var clock = new FaultyClock();
        var published = new InMemoryTracePublisher();
        await using var tracer = Tracer(clock, published);
        using (tracer.StartStep("root"))
        {
            clock.Plan = new Plan(1, 1);
            using (tracer.StartStep("child"))
            {
            }
        }

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Empty(Assert.Single(published.Traces).Root.Steps);
    }

    [Fact]
    public async Task A_fault_in_the_timer_of_open_streams_does_not_escape()
    {
        var clock = new FaultyClock();
        await using var tracer = Tracer(clock);
        var stream = Proxy(tracer).Stream();
        var timer = Assert.Single(clock.Timers);
        clock.Plan = new Plan(1, int.MaxValue);

        timer();

        clock.Plan = null;
        Assert.Equal(3, await stream.CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_fault_in_the_finalizer_of_an_abandoned_stream_does_not_end_the_process()
    {
        var clock = new FaultyClock();
        await using var tracer = Tracer(clock);
        var abandoned = Abandon(Proxy(tracer));
        clock.FailsEverywhere = true;

        while (abandoned.IsAlive)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        GC.WaitForPendingFinalizers();
        Assert.True(clock.Failures > 0);
        clock.FailsEverywhere = false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Abandon(IService service) => new(service.Stream());

    private static IService Proxy(OpenlayerTracer tracer) =>
        Generator.CreateInterfaceProxyWithTarget<IService>(new Service(), new OpenlayerInterceptor(tracer));

    private static OpenlayerTracer Tracer(FaultyClock clock, params ITracePublisher[] publishers)
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false, TimeProvider = clock };
        foreach (var publisher in publishers)
        {
            options.Publishers.Add(publisher);
        }

        return new OpenlayerTracer(options, new FaultyLog());
    }

    private static async Task<(string Transcript, int Readings)> RunTracedAsync(int failsFrom, int failsUntil)
    {
        var clock = new FaultyClock();
        await using var tracer = Tracer(clock);
        var plan = new Plan(failsFrom, failsUntil);
        clock.Plan = plan;
        var transcript = await RunAsync(Proxy(tracer), tracer);
        clock.Plan = null;
        return (transcript, plan.Readings);
    }

    /// <summary>Calls each shape of method, and records what a caller can observe.</summary>
    private static async Task<string> RunAsync(IService service, OpenlayerTracer? tracer)
    {
        var seen = new StringBuilder();
        seen.Append(service.Value(1)).Append(' ');
        using (var scope = tracer?.StartStep("scope"))
        {
            var argument = 2;
            service.Ref(ref argument);
            seen.Append(argument).Append(' ');
        }

        await service.Task();
        seen.Append(await service.TaskOf()).Append(' ');
        await service.ValueTask();
        seen.Append(await service.ValueTaskOf()).Append(' ');
        seen.Append(await service.Completed()).Append(' ');

        var stream = service.Stream();
        for (var i = 0; i < 2; i++)
        {
            await foreach (var item in stream)
            {
                seen.Append(item).Append(' ');
            }
        }

        await foreach (var item in service.Stream())
        {
            seen.Append(item).Append(" left ");
            break;
        }

        foreach (var item in service.Lazy())
        {
            seen.Append(item).Append(' ');
        }

        await ThrowsAsync(() => { service.Fail(); return System.Threading.Tasks.Task.CompletedTask; });
        await ThrowsAsync(service.FailTask);
        await ThrowsAsync(async () => await service.FailValueTask());
        await ThrowsAsync(async () =>
        {
            await foreach (var item in service.FailStream())
            {
                seen.Append(item).Append(' ');
            }
        });
        return seen.ToString();

        async Task ThrowsAsync(Func<Task> act)
        {
            try
            {
                await act();
                seen.Append("nothing ");
            }
            catch (Exception exception)
            {
                seen.Append(ReferenceEquals(exception, Service.Exception) ? "same " : exception.ToString());
            }
        }
    }

    public interface IService
    {
        int Value(int argument);

        void Ref(ref int argument);

        Task Task();

        Task<int> TaskOf();

        ValueTask ValueTask();

        ValueTask<int> ValueTaskOf();

        Task<int> Completed();

        IAsyncEnumerable<int> Stream();

        IEnumerable<int> Lazy();

        void Fail();

        Task FailTask();

        ValueTask<int> FailValueTask();

        IAsyncEnumerable<int> FailStream();
    }

    private sealed class Service : IService
    {
        public static readonly InvalidOperationException Exception = new("The target's own.");

        public int Value(int argument) => argument + 1;

        public void Ref(ref int argument) => argument++;

        public async Task Task() => await System.Threading.Tasks.Task.Yield();

        public async Task<int> TaskOf()
        {
            await System.Threading.Tasks.Task.Yield();
            return 4;
        }

        public async ValueTask ValueTask() => await System.Threading.Tasks.Task.Yield();

        public async ValueTask<int> ValueTaskOf()
        {
            await System.Threading.Tasks.Task.Yield();
            return 5;
        }

        public Task<int> Completed() => System.Threading.Tasks.Task.FromResult(6);

        public async IAsyncEnumerable<int> Stream()
        {
            yield return 7;
            await System.Threading.Tasks.Task.Yield();
            yield return 8;
            yield return 9;
        }

        public IEnumerable<int> Lazy()
        {
            yield return 10;
            yield return 11;
        }

        public void Fail() => throw Exception;

        public async Task FailTask()
        {
            await System.Threading.Tasks.Task.Yield();
            throw Exception;
        }

        public async ValueTask<int> FailValueTask()
        {
            await System.Threading.Tasks.Task.Yield();
            throw Exception;
        }

        public async IAsyncEnumerable<int> FailStream()
        {
            yield return 12;
            await System.Threading.Tasks.Task.Yield();
            throw Exception;
        }
    }

    /// <summary>The readings of the clock that throw.</summary>
    private sealed class Plan(int failsFrom, int failsUntil)
    {
        private int _readings;

        public int Readings => _readings;

        public bool Read() => Interlocked.Increment(ref _readings) is var reading && reading >= failsFrom && reading <= failsUntil;
    }

    /// <summary>A clock that throws in the test's execution context, but not on publishers' threads.</summary>
    private sealed class FaultyClock : TimeProvider
    {
        private readonly AsyncLocal<Plan?> _plan = new();

        public Plan? Plan
        {
            set => _plan.Value = value;
        }

        public bool FailsEverywhere { get; set; }

        public int Failures { get; private set; }

        public List<Action> Timers { get; } = [];

        public override long GetTimestamp() => Read(System.GetTimestamp());

        public override DateTimeOffset GetUtcNow() => Read(System.GetUtcNow());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers.Add(() => callback(state));
            return Read(System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        }

        private T Read<T>(T value)
        {
            if (_plan.Value?.Read() == true || FailsEverywhere)
            {
                Failures++;
                throw new InvalidOperationException("The clock failed.");
            }

            return value;
        }
    }

    private sealed class FaultyLog : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => throw new InvalidOperationException("The logger failed.");

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("The logger failed.");

        public void Dispose()
        {
        }
    }
}
