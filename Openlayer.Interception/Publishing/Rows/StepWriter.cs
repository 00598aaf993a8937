using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>Writes a step and its descendants in the format of <c>steps</c> in the Openlayer data stream. Iterative, because traces can be deep.</summary>
internal static class StepWriter
{
    /// <summary>The metadata that holds the id of a step's span.</summary>
    public const string SpanId = "spanId";

    private const string HasGuardrails = "has_guardrails";

    public static void Write(JsonBuffer json, Step root)
    {
        // The steps around the current one, with their children and the position of the next one. Null until a child has children.
        Stack<(Step Step, Step[] Children, int Next)>? enclosing = null;
        var (step, children, next) = (root, root.Children, 0);
        WriteBeginning(json, root);
        while (true)
        {
            if (next == children.Length)
            {
                WriteRest(json, step);
                if (enclosing is null || !enclosing.TryPop(out var outer))
                {
                    return;
                }

                (step, children, next) = outer;
                continue;
            }

            json.Append(next > 0 ? ","u8 : default);
            var child = children[next++];
            WriteBeginning(json, child);
            if (child.Children is { Length: > 0 } below)
            {
                (enclosing ??= new()).Push((step, children, next));
                (step, children, next) = (child, below, 0);
            }
            else
            {
                WriteRest(json, child);
            }
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

    /// <summary>Writes a time in seconds since 1970, without rounding.</summary>
    public static void WriteTime(JsonBuffer json, DateTimeOffset time) =>
        json.AppendSeconds((time - DateTimeOffset.UnixEpoch).Ticks);

    /// <summary>Writes a duration in milliseconds, without rounding.</summary>
    public static void WriteDuration(JsonBuffer json, TimeSpan duration) => json.AppendMilliseconds(duration.Ticks);

    private static KeyValuePair<string, object?>[] WithDefault(KeyValuePair<string, object?>[] metadata, string name, object value) =>
        Array.Exists(metadata, entry => entry.Key == name) ? metadata : [.. metadata, new(name, value)];

    private static void WriteBeginning(JsonBuffer json, Step step)
    {
        json.Append("{\"name\":"u8);
        json.AppendText(step.Name);
        json.Append(",\"id\":"u8);
        if (step.FixedId is { } id)
        {
            json.AppendText(id);
        }
        else
        {
            json.AppendId(step.RandomId);
        }

        json.Append(",\"type\":"u8);
        json.AppendText(NameOf(step.Type));
        json.Append(",\"inputs\":"u8);
        WriteObject(json, step.CapturedInputs);
        WriteValue(json, ",\"output\":"u8, step.CapturedOutput);
        WriteValue(json, ",\"groundTruth\":"u8, step.CapturedGroundTruth);
        json.Append(",\"metadata\":"u8);
        WriteMetadata(json, step);
        json.Append(",\"steps\":["u8);
    }

    private static void WriteMetadata(JsonBuffer json, Step step)
    {
        if (step is { IsCall: true, HasMetadata: false, Span: null })
        {
            json.Append("{\"has_guardrails\":false}"u8);
        }
        else
        {
            WriteObject(json, MetadataOf(step));
        }
    }

    private static void WriteRest(JsonBuffer json, Step step)
    {
        json.Append("],\"latency\":"u8);
        WriteDuration(json, step.Latency);
        json.Append(",\"startTime\":"u8);
        WriteTime(json, step.StartTime);
        json.Append(",\"endTime\":"u8);
        if (step.EndTime is { } end)
        {
            WriteTime(json, end);
        }
        else
        {
            json.Append("null"u8);
        }

        WriteAttachments(json, step);
        switch (step)
        {
            case ChatCompletionStep chat:
                WriteModel(json, chat);
                WriteNumber(json, ",\"completionTokens\":"u8, chat.CompletionTokens);
                WriteUsageDetails(json, chat.Usage);
                break;
            case EmbeddingStep embedding:
                WriteModel(json, embedding);
                WriteNumber(json, ",\"embeddingDimensions\":"u8, embedding.EmbeddingDimensions);
                WriteNumber(json, ",\"embeddingCount\":"u8, embedding.EmbeddingCount);
                break;
            case AgentStep agent:
                WriteText(json, ",\"tool\":"u8, agent.Tool);
                WriteValue(json, ",\"action\":"u8, agent.CapturedAction);
                WriteText(json, ",\"agentType\":"u8, agent.AgentType);
                break;
            case RetrieverStep retriever:
                WriteValue(json, ",\"documents\":"u8, retriever.CapturedDocuments);
                break;
            case ToolStep tool:
                WriteTool(json, tool);
                break;
            case HandoffStep handoff:
                WriteText(json, ",\"fromComponent\":"u8, handoff.FromComponent);
                WriteText(json, ",\"toComponent\":"u8, handoff.ToComponent);
                WriteValue(json, ",\"handoffData\":"u8, handoff.CapturedHandoffData);
                break;
            case GuardrailStep guardrail:
                WriteText(json, ",\"action\":"u8, guardrail.Action);
                WriteValue(json, ",\"blockedEntities\":"u8, guardrail.CapturedBlockedEntities);
                WriteNumber(json, ",\"confidenceThreshold\":"u8, guardrail.ConfidenceThreshold);
                WriteText(json, ",\"reason\":"u8, guardrail.Reason);
                WriteValue(json, ",\"detectedEntities\":"u8, guardrail.CapturedDetectedEntities);
                WriteText(json, ",\"blockStrategy\":"u8, guardrail.BlockStrategy);
                WriteValue(json, ",\"redactedEntities\":"u8, guardrail.CapturedRedactedEntities);
                WriteText(json, ",\"dataType\":"u8, guardrail.DataType);
                break;
        }

        json.Append("}"u8);
    }

    private static void WriteAttachments(JsonBuffer json, Step step)
    {
        if (step.CapturedAttachments is not { Length: > 0 } attachments)
        {
            return;
        }

        json.Append(",\"attachments\":["u8);
        for (var index = 0; index < attachments.Length; index++)
        {
            json.Append(index > 0 ? ","u8 : default);
            json.AppendCaptured(attachments[index].Captured);
        }

        json.Append("]"u8);
    }

    private static void WriteModel(JsonBuffer json, ModelStep model)
    {
        WriteText(json, ",\"provider\":"u8, model.Provider);
        WriteText(json, ",\"model\":"u8, model.Model);
        WriteNumber(json, ",\"promptTokens\":"u8, model.PromptTokens);
        WriteNumber(json, ",\"tokens\":"u8, model.Tokens);
        WriteNumber(json, ",\"cost\":"u8, model.Cost);
        json.Append(",\"modelParameters\":"u8);
        if (model.CapturedModelParameters is { } parameters)
        {
            WriteObject(json, parameters);
        }
        else
        {
            json.Append("null"u8);
        }

        WriteValue(json, ",\"rawOutput\":"u8, model.CapturedRawOutput);
    }

    // Only where there are any, as the SDKs do.
    private static void WriteUsageDetails(JsonBuffer json, KeyValuePair<string, int>[]? details)
    {
        if (details is null)
        {
            return;
        }

        json.Append(",\"usageDetails\":{"u8);
        var isFirst = true;
        foreach (var (name, count) in details)
        {
            json.Append(isFirst ? default : ","u8);
            json.AppendName(name);
            json.AppendNumber(count);
            isFirst = false;
        }

        json.Append("}"u8);
    }

    private static void WriteTool(JsonBuffer json, ToolStep tool)
    {
        WriteText(json, ",\"functionName\":"u8, tool.FunctionName ?? (tool.IsCall ? tool.Name : null));
        if (tool.CapturedArguments is null && tool.IsCall)
        {
            json.Append(",\"arguments\":"u8);
            WriteObject(json, tool.CapturedInputs);
        }
        else
        {
            WriteValue(json, ",\"arguments\":"u8, tool.CapturedArguments);
        }
    }

    private static void WriteText(JsonBuffer json, ReadOnlySpan<byte> name, string? text)
    {
        json.Append(name);
        json.AppendText(text);
    }

    private static void WriteNumber(JsonBuffer json, ReadOnlySpan<byte> name, double? number)
    {
        json.Append(name);
        json.AppendNumber(number);
    }

    private static void WriteValue(JsonBuffer json, ReadOnlySpan<byte> name, object? captured)
    {
        json.Append(name);
        json.AppendCaptured(captured);
    }

    private static void WriteObject(JsonBuffer json, CapturedEntries values)
    {
        json.Append("{"u8);
        var isFirst = true;
        foreach (var (name, value) in values)
        {
            json.Append(isFirst ? default : ","u8);
            json.AppendName(name);
            json.AppendCaptured(value);
            isFirst = false;
        }

        json.Append("}"u8);
    }
}
