using Autofac;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
            .AddPublisher<AuditPublisher>();
        builder.Services.AddHealthChecks().AddOpenlayer();
        builder.Services.AddScoped<IAnswerService, AnswerService>();
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
        Assert.Equal("IAnswerService.Answer", Assert.Single(traces.Traces).Root.Name);
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
