using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// Inputs and outputs as attributes of a span. Messages have the shape <c>[{"role", "parts": [{"type", ...}]}]</c> of the conventions for
/// generative AI. Secrets and media are left out as they are in a row.
/// </summary>
internal static class SpanMessages
{
    public static void Set(Activity span, Step step)
    {
        span.SetTag("user.id", step.Trace.UserId);
        switch (step)
        {
            case ChatCompletionStep chat:
                span.SetTag("gen_ai.input.messages", Text(writer => WriteInput(writer, chat)));
                span.SetTag("gen_ai.output.messages", Text(writer => WriteOutput(writer, chat)));
                break;
            case ToolStep tool:
                span.SetTag("gen_ai.tool.call.arguments", Text(writer => WriteArguments(writer, tool)));
                span.SetTag("gen_ai.tool.call.result", Text(writer => writer.WriteCapturedValue(tool.CapturedOutput)));
                break;
            case RetrieverStep retriever:
                span.SetTag("gen_ai.retrieval.query.text", PlainText(retriever.CapturedInputs));
                span.SetTag("gen_ai.retrieval.documents", Text(writer => writer.WriteCapturedValue(retriever.CapturedDocuments ?? retriever.CapturedOutput)));
                break;
            default:
                break;
        }

        // Openlayer's endpoint for OpenTelemetry reads inputs and outputs only from messages.
        if (step is AgentStep || (ReferenceEquals(step.Trace.Root, step) && step is not ChatCompletionStep))
        {
            span.SetTag("gen_ai.input.messages", Text(writer => WriteText(writer, "user", PlainText(step.CapturedInputs))));
            span.SetTag("gen_ai.output.messages", Text(writer => WriteText(writer, "assistant", PlainText(step.CapturedOutput))));
        }
    }

    private static void WriteInput(Utf8JsonWriter writer, ChatCompletionStep chat)
    {
        var prompt = Array.Find(chat.CapturedInputs, static input => input.Key == "prompt").Value;
        if (prompt is not CapturedJson { Element: { ValueKind: JsonValueKind.Array } messages })
        {
            WriteText(writer, "user", PlainText(chat.CapturedInputs));
            return;
        }

        writer.WriteStartArray();
        foreach (var message in messages.EnumerateArray())
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, TextOf(message, "role") ?? "user");
            writer.WriteStartArray("parts"u8);
            if (message.ValueKind != JsonValueKind.Object)
            {
                WriteTextPart(writer, message.ToString());
            }
            else if (TextOf(message, "tool_call_id") is { } callId)
            {
                WriteToolResponse(writer, callId, message, "content");
            }
            else if (message.TryGetProperty("content", out var content))
            {
                WriteParts(writer, content);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteOutput(Utf8JsonWriter writer, ChatCompletionStep chat)
    {
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant");
        writer.WriteStartArray("parts"u8);
        if (chat.CapturedOutput is CapturedJson json)
        {
            WriteParts(writer, json.Element);
        }
        else if (PlainText(chat.CapturedOutput) is { } text)
        {
            WriteTextPart(writer, text);
        }

        writer.WriteEndArray();
        writer.WriteString("finish_reason"u8, SpanAttributes.MetadataText(chat, "finishReason") ?? (chat.FailureType is null ? "stop" : "error"));
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void WriteArguments(Utf8JsonWriter writer, ToolStep tool)
    {
        if (tool.CapturedArguments is { } arguments)
        {
            writer.WriteCapturedValue(arguments);
            return;
        }

        WriteObject(writer, tool.CapturedInputs);
    }

    private static void WriteParts(Utf8JsonWriter writer, JsonElement content)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            case JsonValueKind.Array:
                foreach (var part in content.EnumerateArray())
                {
                    WritePart(writer, part);
                }

                break;
            case JsonValueKind.Object when content.TryGetProperty("toolCalls", out var calls):
                if (content.TryGetProperty("content", out var text))
                {
                    WriteParts(writer, text);
                }

                WriteParts(writer, calls);
                break;
            default:
                WritePart(writer, content);
                break;
        }
    }

    private static void WritePart(Utf8JsonWriter writer, JsonElement part)
    {
        var type = TextOf(part, "type");
        if (part.ValueKind != JsonValueKind.Object)
        {
            WriteTextPart(writer, part.ToString());
        }
        else if (type is "text" or "reasoning")
        {
            WriteTextPart(writer, TextOf(part, "text") ?? TextOf(part, type) ?? "", type);
        }
        else if (type == "tool_result")
        {
            WriteToolResponse(writer, TextOf(part, "id") ?? TextOf(part, "callId"), part, "result");
        }
        else if (type == "tool_call" || (part.TryGetProperty("name", out _) && part.TryGetProperty("arguments", out _)))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "tool_call");
            foreach (var field in part.EnumerateObject().Where(static field => field.Name != "type"))
            {
                field.WriteTo(writer);
            }

            writer.WriteEndObject();
        }
        else
        {
            part.WriteTo(writer);
        }
    }

    private static void WriteToolResponse(Utf8JsonWriter writer, string? callId, JsonElement result, string name)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_call_response");
        writer.WriteString("id"u8, callId);
        writer.WritePropertyName("response"u8);
        if (result.TryGetProperty(name, out var response))
        {
            response.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string role, string? text)
    {
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        writer.WriteStartArray("parts"u8);
        if (text is not null)
        {
            WriteTextPart(writer, text);
        }

        writer.WriteEndArray();
        if (role == "assistant")
        {
            writer.WriteString("finish_reason"u8, "stop");
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void WriteTextPart(Utf8JsonWriter writer, string text, string type = "text")
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        writer.WriteString("content"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter writer, KeyValuePair<string, object?>[] values)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in values)
        {
            writer.WritePropertyName(name);
            writer.WriteCapturedValue(value);
        }

        writer.WriteEndObject();
    }

    // A single text is shown as it is.
    private static string? PlainText(KeyValuePair<string, object?>[] inputs) => inputs switch
    {
        [] => null,
        [{ Value: string or CapturedText } only] => PlainText(only.Value),
        _ => Text(writer => WriteObject(writer, inputs)),
    };

    private static string? PlainText(object? captured) => captured switch
    {
        null => null,
        string text => text,
        CapturedText text => text.Value,
        _ => Text(writer => writer.WriteCapturedValue(captured)),
    };

    private static string? TextOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString() : null;

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, CapturedValueWriter.JsonOptions))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
