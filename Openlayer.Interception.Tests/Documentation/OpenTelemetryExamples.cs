using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/opentelemetry.md.</summary>
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
    public void Spans_are_sent_to_Openlayer_instead_of_rows()
    {
        var services = new ServiceCollection();
        var (apiKey, pipelineId) = ("key", "pipeline");
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

        Assert.Contains(services, static service => service.ServiceType == typeof(TracerProvider));
    }
}
