using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Openlayer.Interception.Telemetry;

/// <summary>The metrics of requests to models: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/.</summary>
internal static class RequestMetrics
{
    private static readonly Meter Meter = new(StepTelemetry.SourceName, typeof(RequestMetrics).Assembly.GetName().Version?.ToString(3));

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "The duration of a request to a model.");

    private static readonly Histogram<long> Tokens =
        Meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "The number of tokens of a request to a model, as the provider counts them.");

    private static readonly Histogram<double> FirstChunk =
        Meter.CreateHistogram<double>("gen_ai.client.inference.time_to_first_chunk", "s", "The time until the first chunk of a streamed response.");

    public static bool AreObserved => Duration.Enabled || Tokens.Enabled || FirstChunk.Enabled;

    public static void Record(ModelStep request)
    {
        if (!AreObserved)
        {
            return;
        }

        var tags = new TagList
        {
            { SpanAttributes.Operation, SpanNames.OperationOf(request) },
            { SpanAttributes.Provider, ProviderNames.Of(request.Provider) },
        };
        AddIfKnown(ref tags, SpanAttributes.RequestModel, request.Model);
        AddIfKnown(ref tags, SpanAttributes.ResponseModel, SpanAttributes.MetadataText(request, "servedModel") ?? request.Model);
        var withError = tags;
        AddIfKnown(ref withError, SpanAttributes.ErrorType, request.FailureType);

        Duration.Record(request.Latency.TotalSeconds, withError);
        RecordTokens("input", request.PromptTokens, tags);
        RecordTokens("output", (request as ChatCompletionStep)?.CompletionTokens, tags);
        if (SpanAttributes.SecondsToFirstChunk(request) is { } seconds)
        {
            FirstChunk.Record(seconds, tags);
        }
    }

    private static void RecordTokens(string type, int? count, TagList tags)
    {
        if (count is { } tokens)
        {
            tags.Add("gen_ai.token.type", type);
            Tokens.Record(tokens, tags);
        }
    }

    private static void AddIfKnown(ref TagList tags, string name, string? value)
    {
        if (value is not null)
        {
            tags.Add(name, value);
        }
    }
}
