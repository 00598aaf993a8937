using Microsoft.Extensions.DependencyInjection;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of the documents about sampling and pipelines, with what they do.</summary>
public sealed class PipelineExamples
{
    public interface IReports
    {
        [Trace(InferencePipelineId = "b2f0c9d4-reports")]
        string Write(string topic);
    }

    public sealed class Reports : IReports
    {
        public string Write(string topic) => topic;
    }

    public sealed record Tenant(string PipelineId);

    [Fact]
    public async Task Traces_name_their_pipelines()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IReports, Reports>();
        services.AddOpenlayer().Intercept<IReports>();
        var traces = services.UseInMemoryOpenlayer();
        await using var provider = services.BuildServiceProvider();
        var tracer = provider.GetRequiredService<OpenlayerTracer>();
        var tenant = new Tenant("acme-pipeline");

        provider.GetRequiredService<IReports>().Write("leave");
        Import();
        using (tracer.StartStep("request"))
        {
            Choose();
        }

        await tracer.FlushAsync();
        Assert.Equal(["b2f0c9d4-reports", "acme-pipeline", "acme-pipeline"], traces.Traces.Select(static trace => trace.InferencePipelineId));

        void Import()
        {
            using var scope = tracer.StartStep("import", inferencePipelineId: tenant.PipelineId);
        }

        void Choose()
        {
            if (tracer.CurrentTrace is { } trace)
            {
                trace.InferencePipelineId = tenant.PipelineId;
            }
        }
    }

    [Fact]
    public async Task Failures_are_kept()
    {
        var publisher = new InMemoryTracePublisher();
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Publishers.Add(publisher);
        options.SamplingRate = 0.1;
        options.KeepFailures = true;
        await using var tracer = new OpenlayerTracer(options);

        Assert.Throws<InvalidOperationException>(() => tracer.RunStep("request", static (Step _) => Fail()));

        await tracer.FlushAsync();
        Assert.Single(publisher.Traces);
    }

    private static void Fail() => throw new InvalidOperationException();
}
