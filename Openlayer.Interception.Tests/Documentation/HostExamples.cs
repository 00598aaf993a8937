using Autofac;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/hosting.md, with what they do.</summary>
public sealed class HostExamples
{
    public interface IAnswerService
    {
        string Answer(string question);
    }

    public sealed class AnswerService : IAnswerService
    {
        public string Answer(string question) => "an answer";
    }

    public sealed class Tenant
    {
        public string Id => "acme";
    }

    public sealed class AuditPublisher : ITracePublisher
    {
        public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken) => default;
    }

    [Fact]
    public async Task Services_of_a_host_are_traced()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddOpenlayer()
            .Intercept<IAnswerService>()
            .InterceptServices(service => service.ServiceType.Namespace == "Helpdesk")
            .AddPublisher<AuditPublisher>()
            .Enrich((trace, services) => trace.Metadata["tenant"] = services.GetRequiredService<Tenant>().Id);
        builder.Services.AddHealthChecks().AddOpenlayer();
        builder.Services.AddScoped<IAnswerService, AnswerService>();
        builder.Services.AddScoped<Tenant>();
        builder.Services.AddOpenlayer().Intercept<IAnswerService>();
        var services = builder.Services;
        var traces = services.UseInMemoryOpenlayer();
        using var host = builder.Build();
        var tracer = host.Services.GetRequiredService<OpenlayerTracer>();

        using (var scope = host.Services.CreateScope())
        {
            scope.ServiceProvider.GetRequiredService<IAnswerService>().Answer("a question");
        }

        await tracer.FlushAsync();
        var trace = Assert.Single(traces.Traces);
        Assert.Equal("IAnswerService.Answer", trace.Root.Name);
        Assert.Equal("acme", trace.Metadata["tenant"]);
    }

    [Fact]
    public async Task Complete_traces_are_enriched_and_filtered_and_roots_are_sampled()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        var publisher = new InMemoryTracePublisher();
        options.Publishers.Add(publisher);
        options.Enrich += trace => trace.Metadata["region"] = "eu-west";
        options.Filter = trace => trace.Root.Latency > TimeSpan.FromMilliseconds(1);
        options.Sampler = (name, type) => !name.StartsWith("IHealth", StringComparison.Ordinal);
        var time = new FakeTimeProvider();
        options.TimeProvider = time;
        await using var tracer = new OpenlayerTracer(options);

        foreach (var (name, duration) in new[] { ("IAnswerService.Answer", 2), ("IFast.Call", 0), ("IHealth.Check", 2) })
        {
            using (tracer.StartStep(name))
            {
                time.Advance(TimeSpan.FromMilliseconds(duration));
            }
        }

        await tracer.FlushAsync();
        var trace = Assert.Single(publisher.Traces);
        Assert.Equal(("IAnswerService.Answer", "eu-west"), (trace.Root.Name, trace.Metadata["region"]));
    }

    [Fact]
    public void Services_that_are_not_traced_say_why()
    {
        using var provider = new ServiceCollection().AddScoped<AnswerService>().AddOpenlayer().Services.BuildServiceProvider();
        var tracer = provider.GetRequiredService<OpenlayerTracer>();

        foreach (var service in tracer.DescribeServices().Where(service => !service.IsIntercepted))
        {
            Console.WriteLine($"{service.ServiceType}: {service.ReasonNot}");
        }

        Assert.Contains(tracer.DescribeServices(), static service => service.ServiceType == typeof(AnswerService));
    }

    [Fact]
    public async Task Services_of_an_Autofac_container_are_traced_by_a_predicate()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer();
        builder.InterceptServices(service => service.Namespace == "Helpdesk");
        builder.RegisterType<AnswerService>().As<IAnswerService>();
        await using var container = builder.Build();

        Assert.False(container.Resolve<OpenlayerTracer>().DescribeServices().Single(static service => service.ServiceType == typeof(IAnswerService)).IsIntercepted);
    }
}
