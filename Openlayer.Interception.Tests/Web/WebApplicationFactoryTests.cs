using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Web.Tests;

/// <summary>The sample WebApi in the test host.</summary>
public sealed class WebApplicationFactoryTests
{
    [Theory]
    [InlineData("builtin")]
    [InlineData("autofac")]
    public async Task A_request_is_one_trace_in_memory_wherever_the_application_sends_its_traces(string container)
    {
        var (factory, traces) = Create(container);
        await using (factory)
        {
            using var client = factory.CreateClient();
            client.DefaultRequestHeaders.Add("X-User-Id", "ada");
            client.DefaultRequestHeaders.Add("X-Session-Id", "conversation-7");

            using var response = await client.GetAsync("/answers?question=How+does+a+stream+end%3F");
            Assert.StartsWith("data: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await factory.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();

            var trace = Assert.Single(traces.Traces);
            Assert.Equal(Assert.Single(response.Headers.GetValues("X-Inference-Id")), trace.InferenceId);
            Assert.Equal(("GET /answers", "ada", "conversation-7"), (trace.Root.Name, trace.UserId, trace.SessionId));
            Assert.Equal("IAnswerService.AnswerAsync", Assert.Single(trace.Root.Steps).Name);
            Assert.Equal(trace.Root.Steps[0].Output, trace.Root.Output);
            Assert.Equal(
                ["OpenAI Chat Completion", "IDocuments.Search", "OpenAI Chat Completion"],
                Assert.Single(trace.Root.Steps[0].Steps).Steps.Select(static step => step.Name));
        }
    }

    [Fact]
    public async Task Applications_in_one_process_do_not_mix_their_traces()
    {
        var (one, ofOne) = Create("builtin");
        var (other, ofOther) = Create("autofac");
        await using (one)
        await using (other)
        {
            using var client = one.CreateClient();
            using var otherClient = other.CreateClient();

            await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[] { client.GetStringAsync("/answers?question=one"), otherClient.GetStringAsync("/answers?question=other") }));
            await one.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
            await other.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();

            Assert.Equal(Enumerable.Repeat("one", 10), ofOne.Traces.Select(static trace => trace.Root.Inputs["question"]));
            Assert.Equal(Enumerable.Repeat("other", 10), ofOther.Traces.Select(static trace => trace.Root.Inputs["question"]));
        }
    }

    // An application that is set up to send its traces, to an address where nobody listens.
    private static (WebApplicationFactory<Program> Factory, InMemoryTracePublisher Traces) Create(string container)
    {
        var traces = new List<InMemoryTracePublisher>();
        var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host => host
            .UseSetting("container", container)
            .UseSetting("Openlayer:ApiKey", "a key")
            .UseSetting("Openlayer:InferencePipelineId", "pipeline-1")
            .UseSetting("Openlayer:BaseUrl", "http://127.0.0.1:1")
            .ConfigureTestServices(services => traces.Add(services.UseInMemoryOpenlayer())));
        _ = factory.Services;
        return (factory, Assert.Single(traces));
    }
}
