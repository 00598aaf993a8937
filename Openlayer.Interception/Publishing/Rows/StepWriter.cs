using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>Writes a step and its descendants in the format of <c>steps</c> in the Openlayer data stream. Iterative, because traces can be deep.</summary>
internal static class StepWriter
{
    /// <summary>The metadata that holds the id of a step's span.</summary>
    public const string SpanId = "spanId";

    private const string HasGuardrails = "has_guardrails";

    public static void Write(Utf8JsonWriter writer, Step root)
    {
        var open = new Stack<(Step Step, IEnumerator<Step> Children)>();
        Open(root);
        while (open.TryPeek(out var current))
        {
            if (current.Children.MoveNext())
            {
                Open(current.Children.Current);
            }
            else
            {
                writer.WriteEndArray();
                WriteRest(writer, current.Step);
                writer.WriteEndObject();
                open.Pop();
            }
        }

        void Open(Step step)
        {
            writer.WriteStartObject();
            WriteBeginning(writer, step);
            writer.WriteStartArray("steps"u8);
            open.Push((step, step.Steps.GetEnumerator()));
        }
    }

    /// <summary>
    /// The step's metadata as sent. A call of a traced function always includes <c>has_guardrails</c>, and a step with a span its id.
    /// </summary>
    public static KeyValuePair<string, object?>[] MetadataOf(Step step)
    {
        var metadata = step.CapturedMetadata;
        if (step.IsCall)
        {
            metadata = WithDefault(metadata, HasGuardrails, false);
        }

        return step.Span is { } span ? WithDefault(metadata, SpanId, span.SpanId.ToHexString()) : metadata;
    }

    /// <summary>The name of a step's type in the wire format.</summary>
    public static string NameOf(StepType type) => type switch
    {
        StepType.ChatCompletion => "chat_completion",
        StepType.Embedding => "embedding",
        StepType.Agent => "agent",
        StepType.Retriever => "retriever",
        StepType.Tool => "tool",
        StepType.Handoff => "handoff",
        StepType.Guardrail => "guardrail",
        _ => "user_call",
    };

    public static double UnixSeconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Writes a number. Infinity and NaN, which JSON cannot express, are written as null.</summary>
    public static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static KeyValuePair<string, object?>[] WithDefault(KeyValuePair<string, object?>[] metadata, string name, object value) =>
        Array.Exists(metadata, entry => entry.Key == name) ? metadata : [.. metadata, new(name, value)];

    private static void WriteBeginning(Utf8JsonWriter writer, Step step)
    {
        writer.WriteString("name"u8, step.Name);
        writer.WriteString("id"u8, step.Id);
        writer.WriteString("type"u8, NameOf(step.Type));
        WriteObject(writer, "inputs"u8, step.CapturedInputs);
        WriteValue(writer, "output"u8, step.CapturedOutput);
        WriteValue(writer, "groundTruth"u8, step.CapturedGroundTruth);
        WriteObject(writer, "metadata"u8, MetadataOf(step));
    }

    private static void WriteRest(Utf8JsonWriter writer, Step step)
    {
        writer.WriteNumber("latency"u8, step.Latency.TotalMilliseconds);
        writer.WriteNumber("startTime"u8, UnixSeconds(step.StartTime));
        WriteNumber(writer, "endTime"u8, step.EndTime is { } end ? UnixSeconds(end) : null);
        WriteAttachments(writer, step);
        switch (step)
        {
            case ChatCompletionStep chat:
                WriteModel(writer, chat);
                WriteNumber(writer, "completionTokens"u8, chat.CompletionTokens);
                WriteUsageDetails(writer, chat.UsageDetails);
                break;
            case EmbeddingStep embedding:
                WriteModel(writer, embedding);
                WriteNumber(writer, "embeddingDimensions"u8, embedding.EmbeddingDimensions);
                WriteNumber(writer, "embeddingCount"u8, embedding.EmbeddingCount);
                break;
            case AgentStep agent:
                writer.WriteString("tool"u8, agent.Tool);
                WriteValue(writer, "action"u8, agent.CapturedAction);
                writer.WriteString("agentType"u8, agent.AgentType);
                break;
            case RetrieverStep retriever:
                WriteValue(writer, "documents"u8, retriever.CapturedDocuments);
                break;
            case ToolStep tool:
                WriteTool(writer, tool);
                break;
            case HandoffStep handoff:
                writer.WriteString("fromComponent"u8, handoff.FromComponent);
                writer.WriteString("toComponent"u8, handoff.ToComponent);
                WriteValue(writer, "handoffData"u8, handoff.CapturedHandoffData);
                break;
            case GuardrailStep guardrail:
                writer.WriteString("action"u8, guardrail.Action);
                WriteValue(writer, "blockedEntities"u8, guardrail.CapturedBlockedEntities);
                WriteNumber(writer, "confidenceThreshold"u8, guardrail.ConfidenceThreshold);
                writer.WriteString("reason"u8, guardrail.Reason);
                WriteValue(writer, "detectedEntities"u8, guardrail.CapturedDetectedEntities);
                writer.WriteString("blockStrategy"u8, guardrail.BlockStrategy);
                WriteValue(writer, "redactedEntities"u8, guardrail.CapturedRedactedEntities);
                writer.WriteString("dataType"u8, guardrail.DataType);
                break;
        }
    }

    private static void WriteAttachments(Utf8JsonWriter writer, Step step)
    {
        if (step.CapturedAttachments is not { Length: > 0 } attachments)
        {
            return;
        }

        writer.WriteStartArray("attachments"u8);
        foreach (var (_, captured) in attachments)
        {
            writer.WriteCapturedValue(captured);
        }

        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, ModelStep model)
    {
        writer.WriteString("provider"u8, model.Provider);
        writer.WriteString("model"u8, model.Model);
        WriteNumber(writer, "promptTokens"u8, model.PromptTokens);
        WriteNumber(writer, "tokens"u8, model.Tokens);
        WriteNumber(writer, "cost"u8, model.Cost);
        WriteObject(writer, "modelParameters"u8, model.CapturedModelParameters);
        WriteValue(writer, "rawOutput"u8, model.CapturedRawOutput);
    }

    // Only where there are any, as the SDKs do.
    private static void WriteUsageDetails(Utf8JsonWriter writer, IReadOnlyDictionary<string, int>? details)
    {
        if (details is null)
        {
            return;
        }

        writer.WriteStartObject("usageDetails"u8);
        foreach (var (name, count) in details)
        {
            writer.WriteNumber(name, count);
        }

        writer.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter writer, ToolStep tool)
    {
        writer.WriteString("functionName"u8, tool.FunctionName ?? (tool.IsCall ? tool.Name : null));
        if (tool.CapturedArguments is null && tool.IsCall)
        {
            WriteObject(writer, "arguments"u8, tool.CapturedInputs);
        }
        else
        {
            WriteValue(writer, "arguments"u8, tool.CapturedArguments);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, ReadOnlySpan<byte> name, object? captured)
    {
        writer.WritePropertyName(name);
        writer.WriteCapturedValue(captured);
    }

    private static void WriteObject(Utf8JsonWriter writer, ReadOnlySpan<byte> name, KeyValuePair<string, object?>[]? values)
    {
        if (values is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            writer.WritePropertyName(key);
            writer.WriteCapturedValue(value);
        }

        writer.WriteEndObject();
    }
}
