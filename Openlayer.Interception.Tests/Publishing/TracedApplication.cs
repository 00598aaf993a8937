using System.Diagnostics;
using Autofac;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A container with Openlayer registered. Rows are sent only if there is a server. The clock stands still until a test advances it.</summary>
internal sealed class TracedApplication : IAsyncDisposable
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    private readonly IContainer _container;

    public TracedApplication(
        Action<OpenlayerOptions>? configure = null,
        OpenlayerServer? server = null,
        Action<ContainerBuilder>? register = null)
    {
        var builder = new ContainerBuilder();
        register?.Invoke(builder);
        builder.RegisterOpenlayer(options =>
        {
            options.TimeProvider = Time;
            options.LoggerFactory = Log;
            options.SendToOpenlayer = server is not null;
            options.BatchDelay = TimeSpan.Zero;
            options.MaxTries = 1;

            // Longer than any step of the clock, so that requests on real sockets do not time out.
            options.RequestTimeout = LongestWait * 2;

            // The clock must not advance to a check of open traces while a request is in flight.
            options.TraceGracePeriod = options.StreamGracePeriod = TimeSpan.FromDays(30);
            options.Publishers.Add(Published);
            if (server is not null)
            {
                options.BaseUrl = new Uri(server.Address);
                options.ApiKey = "test-key";
                options.InferencePipelineId = "pipe-1";
            }

            configure?.Invoke(options);
        });
        _container = builder.Build();
        Tracer = _container.Resolve<OpenlayerTracer>();
        if (server is not null)
        {
            server.TimeProvider = Time;
        }
    }

    public Clock Time { get; } = new(new DateTimeOffset(2024, 5, 6, 7, 8, 9, 500, TimeSpan.Zero));

    public RecordedLog Log { get; } = new();

    public InMemoryTracePublisher Published { get; } = new();

    public OpenlayerTracer Tracer { get; }

    /// <summary>The counters of delivery to Openlayer.</summary>
    public DeliveryMeter Meter => Delivery.Meter;

    /// <summary>The number of traces that are not delivered yet, including those in requests.</summary>
    public int QueueLength => Delivery.QueueLength;

    public T Resolve<T>()
        where T : notnull => _container.Resolve<T>();

    private OpenlayerDelivery Delivery => Tracer.Sink.Openlayer!;

    /// <summary>Completes a trace of one step.</summary>
    public void Trace(string name, object? output = null)
    {
        using var scope = Tracer.StartStep(name);
        if (output is not null)
        {
            scope.Step.Output = output;
        }
    }

    /// <summary>Runs code in a new trace. Returns the trace when it has been published.</summary>
    public async Task<OpenlayerTrace> TraceAsync(string name, Action<Step> run, StepType type = StepType.UserCall)
    {
        OpenlayerTrace trace;
        using (var scope = Tracer.StartStep(name, type))
        {
            trace = scope.Step.Trace;
            run(scope.Step);
        }

        await Tracer.FlushAsync();
        return trace;
    }

    /// <summary>Opens a step as an interceptor does, as the call of a traced function.</summary>
    public StepScope StartCall(string name, StepType type = StepType.UserCall) => StepScope.Open(Tracer.Steps, name, type, isCall: true);

    /// <summary>Advances the clock from timer to timer until a condition holds.</summary>
    public async Task AdvanceUntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "The condition was never met.");
            Time.AdvanceToNextTimer(LongestWait);
        }
    }

    /// <summary>Advances the clock from timer to timer until a task has completed.</summary>
    public async Task AdvanceUntilAsync(Task end)
    {
        await AdvanceUntilAsync(() => end.IsCompleted);
        await end;
    }

    /// <summary>Waits until a condition holds. The clock stands still.</summary>
    public static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    /// <summary>Waits until a condition holds that takes time to find out. The clock stands still.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "The condition was never met.");
        }
    }

    /// <summary>Waits until the queue has a certain length.</summary>
    public Task WaitForQueueAsync(int count) => UntilAsync(() => QueueLength == count);

    public async ValueTask DisposeAsync()
    {
        var disposal = _container.DisposeAsync().AsTask();
        try
        {
            await disposal.WaitAsync(HungAfter);
        }
        catch (TimeoutException)
        {
            // A failed test may leave a publisher blocked. Disposal must not hide its failure.
            Time.Advance(TimeSpan.FromDays(24));
            await disposal;
        }
    }
}
