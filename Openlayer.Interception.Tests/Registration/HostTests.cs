using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>Openlayer in a host: its options, its start and its end.</summary>
public sealed class HostTests
{
    [Fact]
    public void Every_option_of_a_simple_type_is_read_from_the_configuration()
    {
        using var host = Build(
            """
            {
              "Openlayer": {
                "ApiKey": "key", "InferencePipelineId": "pipeline", "BaseUrl": "https://example.com/v2", "Enabled": false,
                "SendToOpenlayer": false, "SamplingRate": 0.25, "TraceOrphanModelCalls": false, "StreamGracePeriod": "00:02:00",
                "MaxQueueLength": 7, "MaxQueueBytes": 4000000000, "MaxBatchLength": 8, "MaxBatchBytes": 9, "BatchDelay": "00:00:03",
                "RequestTimeout": "00:00:11", "MaxTries": 12, "CircuitBreakDuration": "00:00:13", "VerifySsl": false,
                "ShutdownTimeout": "00:00:14", "CustomHeaders": { "X-Team": "helpdesk" },
                "Capture": { "Inputs": false, "Outputs": false, "MaxDepth": 5, "MaxItems": 6, "MaxStringLength": 7, "MaxBytes": 2048, "RedactedNames": ["iban"] },
                "OfflineBuffer": { "Enabled": true, "Path": "/tmp/rows", "MaxFiles": 15, "MaxBytes": 16, "WriteAhead": true }
              }
            }
            """);

        var options = host.Services.GetRequiredService<OpenlayerOptions>();

        Assert.Equal(("key", "pipeline", new Uri("https://example.com/v2")), (options.ApiKey, options.InferencePipelineId, options.BaseUrl));
        Assert.Equal((false, false, false, false), (options.Enabled, options.SendToOpenlayer, options.TraceOrphanModelCalls, options.VerifySsl));
        Assert.Equal((0.25, TimeSpan.FromMinutes(2)), (options.SamplingRate, options.StreamGracePeriod));
        Assert.Equal((7, 4_000_000_000, 8, 9), (options.MaxQueueLength, options.MaxQueueBytes, options.MaxBatchLength, options.MaxBatchBytes));
        Assert.Equal((3, 11, 13, 14), (options.BatchDelay.Seconds, options.RequestTimeout.Seconds, options.CircuitBreakDuration.Seconds, options.ShutdownTimeout.Seconds));
        Assert.Equal((12, "helpdesk"), (options.MaxTries, options.CustomHeaders["x-team"]));
        Assert.Equal((false, false, 5, 6, 7, 2048), (options.Capture.Inputs, options.Capture.Outputs, options.Capture.MaxDepth, options.Capture.MaxItems, options.Capture.MaxStringLength, options.Capture.MaxBytes));
        Assert.Contains("iban", options.Capture.RedactedNames);
        Assert.Equal((true, "/tmp/rows", 15, 16, true), (options.OfflineBuffer.Enabled, options.OfflineBuffer.Path, options.OfflineBuffer.MaxFiles, options.OfflineBuffer.MaxBytes, options.OfflineBuffer.WriteAhead));
    }

    [Fact]
    public void Code_takes_precedence_over_the_configuration_wherever_it_stands()
    {
        using var host = Build("""{ "Openlayer": { "MaxTries": 3, "MaxBatchLength": 4, "MaxQueueLength": 5 } }""", builder =>
        {
            builder.Services.Configure<OpenlayerOptions>(static options => options.MaxTries = 30);
            builder.Services.AddOpenlayer(static options => options.MaxBatchLength = 40);
        });

        var options = host.Services.GetRequiredService<OpenlayerOptions>();

        Assert.Equal((30, 40, 5), (options.MaxTries, options.MaxBatchLength, options.MaxQueueLength));
    }

    [Theory]
    [InlineData("""{ "Openlayer": { "MaxTries": 0 } }""", "OpenlayerOptions.MaxTries must be from 1 to 1,000")]
    [InlineData("""{ "Openlayer": { "MaxTries": "many" } }""", "Openlayer:MaxTries")]
    [InlineData("""{ "Openlayer": { "MaxTry": 3 } }""", "MaxTry")]
    [InlineData("""{ "Openlayer": { "Capture": { "MaxDeep": 3 } } }""", "MaxDeep")]
    public async Task A_configuration_that_is_not_valid_stops_the_start_with_the_option_named(string json, string named)
    {
        using var host = Build(json);

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_section_of_another_name_can_be_given()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Tracing:MaxTries", "3"), new("Tracing:SendToOpenlayer", "false")]).Build();
        var services = new ServiceCollection();
        services.AddOpenlayer(configuration.GetSection("Tracing"));
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(3, provider.GetRequiredService<OpenlayerOptions>().MaxTries);
    }

    [Fact]
    public async Task Publishers_of_the_container_receive_traces_and_may_depend_on_traced_services()
    {
        using var host = Build("""{ "Openlayer": { "SendToOpenlayer": false } }""", static builder =>
        {
            builder.Services.AddSingleton<IWork, Work>();
            builder.Services.AddOpenlayer().Intercept<IWork>().AddPublisher<PublisherWithWork>();
            builder.Services.AddSingleton<ITracePublisher, InMemoryTracePublisher>();
        });
        await host.StartAsync(TestContext.Current.CancellationToken);

        host.Services.GetRequiredService<IWork>().Do("call");
        await host.StopAsync(TestContext.Current.CancellationToken);

        var publishers = host.Services.GetServices<ITracePublisher>().ToArray();
        Assert.Equal("call", Tree.Of(Assert.Single(publishers.OfType<InMemoryTracePublisher>().Single().Traces).Root));
        Assert.Equal(1, publishers.OfType<PublisherWithWork>().Single().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_publisher_that_the_application_registers_itself_is_the_one_that_receives_traces(bool isRegisteredFirst)
    {
        using var host = Build("""{ "Openlayer": { "SendToOpenlayer": false } }""", builder =>
        {
            if (isRegisteredFirst)
            {
                builder.Services.AddSingleton<InMemoryTracePublisher>();
            }

            builder.Services.AddOpenlayer().Intercept<IWork>().AddPublisher<InMemoryTracePublisher>();
            builder.Services.AddSingleton<IWork, Work>();
            if (!isRegisteredFirst)
            {
                builder.Services.AddSingleton<InMemoryTracePublisher>();
            }
        });
        await host.StartAsync(TestContext.Current.CancellationToken);

        host.Services.GetRequiredService<IWork>().Do("call");
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal("call", Tree.Of(Assert.Single(host.Services.GetRequiredService<InMemoryTracePublisher>().Traces).Root));
    }

    [Fact]
    public async Task A_test_replaces_all_publishers_with_one_call()
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        InMemoryTracePublisher? publisher = null;
        using var host = Build("{}", builder =>
        {
            builder.Services.AddOpenlayer(options =>
            {
                options.ApiKey = "key";
                options.InferencePipelineId = "pipeline";
                options.BaseUrl = server.Address;
                options.Publishers.Add(new ConsoleTracePublisher());
            }).AddPublisher<PublisherWithWork>();
            builder.Services.AddSingleton<IWork, Work>();
            publisher = builder.Services.UseInMemoryOpenlayer();
        });

        using (host.Services.GetRequiredService<OpenlayerTracer>().StartStep("step"))
        {
        }

        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Same(publisher, Assert.Single(host.Services.GetRequiredService<OpenlayerOptions>().Publishers));
        Assert.Single(publisher!.Traces);
        Assert.Empty(server.Times);
    }

    [Fact]
    public async Task The_start_says_which_services_are_traced_and_warns_of_those_that_are_not()
    {
        var log = new FakeLoggerProvider();
        using var host = Build("""{ "Openlayer": { "SendToOpenlayer": false } }""", builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
            builder.Services.AddSingleton<IWork, Work>();
            builder.Services.AddSingleton<Work>();
            builder.Services.AddOpenlayer().Intercept<IWork>().Intercept<IAbsent>()
                .InterceptServices(static service => service.ServiceType == typeof(Work));
        });

        await host.StartAsync(TestContext.Current.CancellationToken);

        var messages = log.Collector.GetSnapshot()
            .Where(static record => record.Category == "Openlayer.Interception.Registration")
            .Select(static record => $"{record.Level}: {record.Message}")
            .ToArray();
        Assert.Equal(
            [
                $"Debug: {typeof(IWork)} is traced.",
                $"Debug: {typeof(Work)} is selected by a predicate, but is not traced: {typeof(Work)} is not an interface.",
                $"Warning: Intercept({typeof(IAbsent)}) traces nothing: no such service is registered.",
            ],
            messages);
    }

    [Fact]
    public async Task Traces_are_published_when_the_host_has_stopped_within_the_shutdown_timeout()
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        using var host = Build("""{ "Openlayer": { "BatchDelay": "1.00:00:00" } }""", builder =>
        {
            builder.Services.AddOpenlayer(options =>
            {
                options.ApiKey = "key";
                options.InferencePipelineId = "pipeline";
                options.BaseUrl = server.Address;
            });
            builder.Services.AddHostedService<LastStep>();
        });
        await host.StartAsync(TestContext.Current.CancellationToken);

        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Single(server.Acknowledged);
    }

    [Fact]
    public async Task Health_is_degraded_while_sending_fails_and_healthy_again_after()
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        server.Fault = static (context, _) => FaultServer.AnswerAsync(context, 503);
        using var host = Build("{}", builder =>
        {
            builder.Services.AddOpenlayer(options =>
            {
                options.ApiKey = "key";
                options.InferencePipelineId = "pipeline";
                options.BaseUrl = server.Address;
                options.BatchDelay = TimeSpan.Zero;
            });
            builder.Services.AddHealthChecks().AddOpenlayer();
        });
        var tracer = host.Services.GetRequiredService<OpenlayerTracer>();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);

        using (tracer.StartStep("step"))
        {
        }

        await UntilAsync(HealthStatus.Degraded);
        var degraded = await CheckAsync();
        Assert.Equal(1, degraded.Data["waiting"]);
        Assert.Contains("fail", degraded.Description, StringComparison.Ordinal);

        server.Fault = static (_, _) => Task.FromResult(true);
        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        await UntilAsync(HealthStatus.Healthy);
        Assert.Equal(1L, (await CheckAsync()).Data["sent"]);

        async Task<HealthReportEntry> CheckAsync() => (await health.CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["openlayer"];

        Task UntilAsync(HealthStatus status) => TracedApplication.UntilAsync(async () => (await CheckAsync()).Status == status);
    }

    private static IHost Build(string json, Action<HostApplicationBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json)));
        builder.Services.AddOpenlayer();
        configure?.Invoke(builder);
        return builder.Build();
    }

    public interface IAbsent;

    private sealed class PublisherWithWork(IWork work) : ITracePublisher
    {
        public int Count { get; private set; }

        public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
        {
            work.Do("inside a publisher");
            Count += traces.Count;
            return default;
        }
    }

    /// <summary>Completes a trace while the host stops.</summary>
    private sealed class LastStep(OpenlayerTracer tracer) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            tracer.StartStep("last").Dispose();
            return Task.CompletedTask;
        }
    }
}
