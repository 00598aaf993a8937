using System.Diagnostics;
using Autofac;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A container with Openlayer registered. Nothing is sent to Openlayer unless a server is given; the clock stands still.</summary>
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

            // Longer than any wait that the clock goes on for: what is on its way through real sockets is not cut off.
            options.RequestTimeout = LongestWait * 2;
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

    /// <summary>What counts the traces on their way to Openlayer.</summary>
    public DeliveryMeter Meter => Delivery.Meter;

    /// <summary>How many traces wait to be sent to Openlayer, those in a request included.</summary>
    public int QueueLength => Delivery.QueueLength;

    public T Resolve<T>()
        where T : notnull => _container.Resolve<T>();

    private OpenlayerDelivery Delivery => Tracer.Sink.Openlayer!;

    /// <summary>A trace of one step.</summary>
    public void Trace(string name, object? output = null)
    {
        using var scope = Tracer.StartStep(name);
        if (output is not null)
        {
            scope.Step.Output = output;
        }
    }

    /// <summary>The trace that <paramref name="run"/> makes, once it has been published.</summary>
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

    /// <summary>Opens a step as an interceptor does: as the call of a traced function.</summary>
    public StepScope StartCall(string name, StepType type = StepType.UserCall) => StepScope.Open(Tracer.Steps, name, type, isCall: true);

    /// <summary>Lets the clock go on to whatever is waited for, until something is so.</summary>
    public async Task AdvanceUntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "It never came to be so.");
            Time.AdvanceToNextTimer(LongestWait);
        }
    }

    /// <summary>Lets the clock go on to whatever is waited for, until something has ended.</summary>
    public async Task AdvanceUntilAsync(Task end)
    {
        await AdvanceUntilAsync(() => end.IsCompleted);
        await end;
    }

    /// <summary>Completes when something is so, while the clock stands still.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "It never came to be so.");
        }
    }

    /// <summary>Completes when this many traces wait to be sent.</summary>
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
            // A test that failed half-way has left a publisher blocked; what it failed of is to be seen.
            Time.Advance(TimeSpan.FromDays(24));
            await disposal;
        }
    }
}
