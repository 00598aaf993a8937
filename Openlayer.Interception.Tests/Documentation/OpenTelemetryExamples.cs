using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Tests.Servers;
using Openlayer.Interception.Tests.Telemetry;
using Openlayer.Interception.Tests.Transparency;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/opentelemetry.md. OpenTelemetry listens to the spans of the whole process, so no other test may run.</summary>
[Collection(nameof(UndisturbedTests))]
public sealed class OpenTelemetryExamples
{
    [Fact]
    public void Steps_are_exported_as_spans()
    {
        var services = new ServiceCollection();
        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource("Openlayer.Interception").AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter("Openlayer.Interception").AddOtlpExporter());

        Assert.Contains(services, static service => service.ServiceType == typeof(TracerProvider));
    }

    [Fact]
    public void Sources_are_chosen_by_name_and_predicate()
    {
        var options = new OpenlayerOptions();
        options.Activities.Sources.Add("Npgsql");
        options.Activities.Select = source => source.Name.StartsWith("Contoso.", StringComparison.Ordinal);

        Assert.Contains("Npgsql", options.Activities.Sources);
    }

    [Fact]
    public async Task Spans_are_sent_to_Openlayer_instead_of_rows()
    {
        await using var server = await OtlpServer.StartAsync();
        var services = new ServiceCollection();
        services.Configure<OtlpExporterOptions>(exporter => exporter.HttpClientFactory = () => new HttpClient(new Redirection(server.Address)));
        var (apiKey, pipelineId) = ("key-1", "pipeline-1");
        services.AddOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.SpanContent = true;
        });
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource("Openlayer.Interception")
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = new Uri("https://api.openlayer.com/v1/otel/v1/traces");
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Headers = $"Authorization=Bearer {apiKey},x-bt-parent=pipeline_id:{pipelineId}";
            }));

        await using var provider = services.BuildServiceProvider();
        var spans = provider.GetRequiredService<TracerProvider>();
        Ask(provider.GetRequiredService<OpenlayerTracer>());
        Assert.True(spans.ForceFlush());

        var (target, headers, body) = Assert.Single(server.Received);
        Assert.Equal("POST /v1/otel/v1/traces", target);
        Assert.Equal(["Bearer key-1", "pipeline_id:pipeline-1", "application/x-protobuf"], [$"{headers.Authorization}", $"{headers["x-bt-parent"]}", $"{headers.ContentType}"]);
        var received = OtlpReader.SpansOf(body).ToDictionary(static span => span.Name);
        Assert.Equal(
            ["answer", "chat gpt-4o-mini", "execute_tool look_up", "invoke_agent researcher", "retrieval passages"], received.Keys.Order(StringComparer.Ordinal));
        Messages("answer", "user", "What is the capital?", "Paris");
        Messages("chat gpt-4o-mini", "user", "capital?", "Paris, of course");
        Messages("invoke_agent researcher", "user", "find out", "found");
        var tool = received["execute_tool look_up"].Attributes;
        Assert.Equal(
            ("execute_tool", "look_up", """{"country":"France"}""", "\"Paris\""),
            (tool["gen_ai.operation.name"], tool["gen_ai.tool.name"], tool["gen_ai.tool.call.arguments"], tool["gen_ai.tool.call.result"]));
        Assert.DoesNotContain(tool.Keys, static key => key.EndsWith(".messages", StringComparison.Ordinal));
        Assert.All(received.Values, static span => Assert.Equal(("ada", "tuesday"), (span.Attributes["user.id"], span.Attributes["session.id"])));

        void Messages(string name, string role, string input, string output)
        {
            var attributes = received[name].Attributes;
            Assert.Equal($$"""[{"role":"{{role}}","parts":[{"type":"text","content":"{{input}}"}]}]""", attributes["gen_ai.input.messages"]);
            Assert.Equal($$"""[{"role":"assistant","parts":[{"type":"text","content":"{{output}}"}],"finish_reason":"stop"}]""", attributes["gen_ai.output.messages"]);
        }
    }

    private static void Ask(OpenlayerTracer tracer)
    {
        using var session = tracer.BeginSession("ada", "tuesday");
        using var root = tracer.StartStep("answer");
        root.Step.Inputs["question"] = "What is the capital?";
        root.Step.Output = "Paris";
        using (var agent = tracer.StartStep("researcher", StepType.Agent))
        {
            agent.Step.Inputs["task"] = "find out";
            agent.Step.Output = "found";
            using var tool = tracer.StartStep<ToolStep>("look_up");
            tool.Step.Arguments = new { country = "France" };
            tool.Step.Output = "Paris";
        }

        using (var retriever = tracer.StartStep("passages", StepType.Retriever))
        {
            retriever.Step.Inputs["query"] = "capital";
            retriever.Step.Output = new[] { "Paris is the capital." };
        }

        using var chat = tracer.StartStep<ChatCompletionStep>("model");
        (chat.Step.Provider, chat.Step.Model) = ("OpenAI", "gpt-4o-mini");
        chat.Step.Inputs["prompt"] = new[] { new { role = "user", content = "capital?" } };
        chat.Step.Output = "Paris, of course";
    }

    /// <summary>Sends requests to another server, as they are.</summary>
    private sealed class Redirection(Uri server) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            base.Send(Redirected(request), cancellationToken);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            base.SendAsync(Redirected(request), cancellationToken);

        private HttpRequestMessage Redirected(HttpRequestMessage request)
        {
            Assert.Equal("api.openlayer.com", request.RequestUri!.Host);
            request.RequestUri = new Uri(server, request.RequestUri.PathAndQuery);
            return request;
        }
    }
}
