using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// The attributes of spans, by the conventions for generative AI: https://opentelemetry.io/docs/specs/semconv/gen-ai/. What samplers read is
/// set when a span starts.
/// </summary>
internal static class SpanAttributes
{
    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ErrorType = "error.type";

    // A conversion to decimal keeps seven digits, and takes a tenth of the time of a text.
    private const float MaxDecimal = 1e7f;

    public static List<KeyValuePair<string, object?>> AtStart(Step step)
    {
        var tags = new StartTags(new(capacity: 8));
        SetRequest(step, ref tags);
        return tags.List;
    }

    public static void SetAtEnd(Activity span, Step step, bool hasContent)
    {
        // Some of a step is known only when it has ended.
        if (!SpanNames.Is(span.DisplayName, step))
        {
            span.DisplayName = SpanNames.Of(step);
        }

        if (step.FailureType is { } failure)
        {
            span.SetTag(ErrorType, failure);
            span.SetStatus(ActivityStatusCode.Error, MetadataText(step, Step.Exceptions));
        }

        if (!span.IsAllDataRequested)
        {
            return;
        }

        var tags = new SpanTags(span);
        if (step is ModelStep { Client: not null } known)
        {
            // All else of a client's request was known at the start.
            tags.Set(RequestModel, known.RequestedModel ?? known.Model);
        }
        else
        {
            SetRequest(step, ref tags);
        }

        if (step.Trace.SessionId is { } sessionId)
        {
            span.SetTag("session.id", sessionId);
        }

        switch (step)
        {
            case ModelStep request:
                SetResponse(span, request);
                break;
            case GuardrailStep guardrail:
                span.SetTag("openlayer.guardrail.action", guardrail.Action);
                break;
            case HandoffStep handoff:
                span.SetTag("openlayer.handoff.from", handoff.FromComponent);
                span.SetTag("openlayer.handoff.to", handoff.ToComponent);
                break;
            default:
                break;
        }

        if (hasContent)
        {
            SpanMessages.Set(span, step);
        }
    }

    /// <summary>The time to the first chunk of a streamed response, in seconds. Null if the response was not streamed.</summary>
    public static double? SecondsToFirstChunk(Step step) =>
        step.CapturedMetadataValue(ModelStep.TimeToFirstToken) is double milliseconds ? milliseconds / 1000 : null;

    public static string? MetadataText(Step step, string name) => step.CapturedMetadataValue(name) switch
    {
        string text => text,
        CapturedText text => text.Value,
        _ => null,
    };

    private static void SetRequest<TTags>(Step step, ref TTags tags)
        where TTags : struct, ITags
    {
        tags.Set(Operation, SpanNames.OperationOf(step));
        switch (step)
        {
            case ModelStep request:
                tags.Set(Provider, ProviderNames.Of(request.Provider));
                tags.Set(RequestModel, request.RequestedModel ?? request.Model);
                foreach (var (name, value) in request.CapturedModelParameters ?? [])
                {
                    if (RequestParameters.AttributeOf(name) is { } attribute && !tags.Has(attribute))
                    {
                        tags.Set(attribute, Value(value));
                    }
                }

                break;
            case ToolStep:
                tags.Set("gen_ai.tool.name", SpanNames.ToolOf(step));
                break;
            case AgentStep:
                tags.Set("gen_ai.agent.name", step.Name);
                break;
            case RetrieverStep:
                tags.Set("gen_ai.data_source.id", step.Name);
                break;
            default:
                tags.Set("openlayer.step.type", step.Type.ToString());
                break;
        }
    }

    // Nobody else sets these, so they need no search for an earlier value.
    private static void SetResponse(Activity span, ModelStep request)
    {
        Add(ResponseModel, MetadataText(request, "servedModel"));
        Add("gen_ai.response.id", MetadataText(request, "responseId"));
        Add("gen_ai.response.finish_reasons", MetadataText(request, "finishReason") is { } reason ? new[] { reason } : null);
        Add("gen_ai.usage.input_tokens", request.PromptTokens);
        Add("gen_ai.usage.output_tokens", (request as ChatCompletionStep)?.CompletionTokens);
        Add("gen_ai.embeddings.dimension.count", (request as EmbeddingStep)?.EmbeddingDimensions);
        if (SecondsToFirstChunk(request) is { } seconds)
        {
            Add("gen_ai.request.stream", true);
            Add("gen_ai.response.time_to_first_chunk", seconds);
        }

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                span.AddTag(name, value);
            }
        }
    }

    private static object? Value(object? captured) => captured switch
    {
        CapturedJson { Element: { ValueKind: JsonValueKind.Array } items } => items.EnumerateArray().Select(static item => item.ToString()).ToArray(),
        CapturedJson json => json.ToString(),
        CapturedText text => text.Value,

        // As the application wrote it: 0.2, not 0.20000000298.
        float number => AsWritten(number),
        _ => captured,
    };

    private static double AsWritten(float number)
    {
        if (number is > -MaxDecimal and < MaxDecimal && (double)(decimal)number is var same && (float)same == number)
        {
            return same;
        }

        return double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>Where attributes are set.</summary>
    private interface ITags
    {
        /// <summary>Whether a request parameter, which does not change, is set.</summary>
        bool Has(string name);

        void Set(string name, object? value);
    }

    private readonly struct StartTags(List<KeyValuePair<string, object?>> list) : ITags
    {
        public List<KeyValuePair<string, object?>> List => list;

        public bool Has(string name) => false;

        public void Set(string name, object? value)
        {
            if (value is not null)
            {
                list.Add(new(name, value));
            }
        }
    }

    private readonly struct SpanTags(Activity span) : ITags
    {
        public bool Has(string name) => span.GetTagItem(name) is not null;

        public void Set(string name, object? value)
        {
            if (value is not null)
            {
                span.SetTag(name, value);
            }
        }
    }
}
