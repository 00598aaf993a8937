using System.Buffers;
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
    private const string InputMessages = "gen_ai.input.messages";
    private const string OutputMessages = "gen_ai.output.messages";

    // Nobody else sets the messages and values, so they need no search for an earlier one.
    public static void Set(Activity span, Step step)
    {
        if (step.Trace.UserId is { } userId)
        {
            span.SetTag("user.id", userId);
        }

        switch (step)
        {
            case ChatCompletionStep chat:
                span.AddTag(InputMessages, SpanJson.Of(chat, WriteInput));
                span.AddTag(OutputMessages, SpanJson.Of(chat, WriteOutput));
                break;
            case ToolStep tool:
                span.AddTag("gen_ai.tool.call.arguments", SpanJson.Of(tool, WriteArguments));
                span.AddTag("gen_ai.tool.call.result", SpanJson.Of(tool.CapturedOutput, WriteValue));
                break;
            case RetrieverStep retriever:
                span.SetTag("gen_ai.retrieval.query.text", PlainText(retriever.CapturedInputs));
                span.AddTag("gen_ai.retrieval.documents", SpanJson.Of(retriever.CapturedDocuments ?? retriever.CapturedOutput, WriteValue));
                break;
            default:
                break;
        }

        // Openlayer's endpoint for OpenTelemetry reads inputs and outputs only from messages.
        if (step is AgentStep || (ReferenceEquals(step.Trace.Root, step) && step is not ChatCompletionStep))
        {
            span.AddTag(InputMessages, SpanJson.Of(PlainText(step.CapturedInputs), static (writer, text) => WriteText(writer, "user", text)));
            span.AddTag(OutputMessages, SpanJson.Of(PlainText(step.CapturedOutput), static (writer, text) => WriteText(writer, "assistant", text)));
        }
    }

    private static void WriteInput(Utf8JsonWriter writer, ChatCompletionStep chat)
    {
        var capture = chat.Trace.Capture;
        var prompt = chat.CapturedInputs.Find("prompt") as CapturedJson;
        if (prompt is not null && capture.TextMessages(prompt) is { } texts)
        {
            // The JSON of the prompt is left to the thread that writes the row.
            WriteTexts(writer, texts, capture);
            return;
        }

        if (prompt is null || prompt.Utf8.Span[0] != '[')
        {
            WriteText(writer, "user", PlainText(chat.CapturedInputs));
            return;
        }

        using var messages = Parse(prompt);
        writer.WriteStartArray();
        foreach (var message in messages.RootElement.EnumerateArray())
        {
            writer.WriteStartObject();
            WriteText(writer, "role"u8, TextOf(message, "role"u8), "user");
            writer.WriteStartArray("parts"u8);
            if (message.ValueKind != JsonValueKind.Object)
            {
                WritePart(writer, message);
            }
            else if (TextOf(message, "tool_call_id"u8) is { } callId)
            {
                WriteToolResponse(writer, callId, message, "content"u8);
            }
            else if (message.TryGetProperty("content"u8, out var content))
            {
                WriteParts(writer, content);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, List<object?> messages, ValueCapture capture)
    {
        writer.WriteStartArray();
        foreach (var message in messages.Cast<RecordedMessage>())
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, capture.CaptureProperty("role", message.Role));
            writer.WriteStartArray("parts"u8);
            var text = capture.CaptureProperty("content", (string?)message.Content);
            if (Array.Find(message.Fields, static field => field.Key == "tool_call_id").Value is string callId)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, "tool_call_response"u8);
                writer.WriteString("id"u8, capture.CaptureProperty("tool_call_id", callId));
                writer.WriteString("response"u8, text);
                writer.WriteEndObject();
            }
            else if (text is not null)
            {
                WriteTextPart(writer, text);
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
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteStartArray("parts"u8);
        if (chat.CapturedOutput is CapturedJson json)
        {
            using var output = Parse(json);
            WriteParts(writer, output.RootElement);
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
            case JsonValueKind.Object when content.TryGetProperty("toolCalls"u8, out var calls):
                if (content.TryGetProperty("content"u8, out var text))
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
        if (part.ValueKind == JsonValueKind.String)
        {
            WriteTextPart(writer, "text"u8, part);
            return;
        }

        if (part.ValueKind != JsonValueKind.Object)
        {
            WriteTextPart(writer, part.ToString());
            return;
        }

        var type = TextOf(part, "type"u8);
        if (Is(type, "text"u8))
        {
            WriteTextPart(writer, "text"u8, TextOf(part, "text"u8));
        }
        else if (Is(type, "reasoning"u8))
        {
            WriteTextPart(writer, "reasoning"u8, TextOf(part, "text"u8) ?? TextOf(part, "reasoning"u8));
        }
        else if (Is(type, "tool_result"u8))
        {
            WriteToolResponse(writer, TextOf(part, "id"u8) ?? TextOf(part, "callId"u8), part, "result"u8);
        }
        else if (Is(type, "tool_call"u8) || (part.TryGetProperty("name"u8, out _) && part.TryGetProperty("arguments"u8, out _)))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "tool_call"u8);
            foreach (var field in part.EnumerateObject())
            {
                if (!field.NameEquals("type"u8))
                {
                    field.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }
        else
        {
            part.WriteTo(writer);
        }
    }

    private static void WriteToolResponse(Utf8JsonWriter writer, JsonElement? callId, JsonElement result, ReadOnlySpan<byte> name)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_call_response"u8);
        Write(writer, "id"u8, callId);
        Write(writer, "response"u8, result.TryGetProperty(name, out var response) ? response : null);
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
            writer.WriteString("finish_reason"u8, "stop"u8);
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void WriteTextPart(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        writer.WriteString("content"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteTextPart(Utf8JsonWriter writer, ReadOnlySpan<byte> type, JsonElement? text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        WriteText(writer, "content"u8, text, "");
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement? text, string otherwise)
    {
        if (text is null)
        {
            writer.WriteString(name, otherwise);
        }
        else
        {
            Write(writer, name, text);
        }
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement? value)
    {
        writer.WritePropertyName(name);
        if (value is { } known)
        {
            known.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, CapturedEntries values)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in values)
        {
            writer.WritePropertyName(name);
            writer.WriteCapturedValue(value);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? captured) => writer.WriteCapturedValue(captured);

    // A single text is shown as it is.
    private static string? PlainText(CapturedEntries inputs) => inputs switch
    {
        { Length: 0 } => null,
        [{ Value: string or CapturedText } only] => PlainText(only.Value),
        _ => SpanJson.Of(inputs, WriteObject),
    };

    private static string? PlainText(object? captured) => captured switch
    {
        null => null,
        string text => text,
        CapturedText text => text.Value,
        _ => SpanJson.Of(captured, WriteValue),
    };

    // Pooled, unlike the element that a snapshot keeps.
    private static JsonDocument Parse(CapturedJson json) => JsonDocument.Parse(json.Utf8, new JsonDocumentOptions { MaxDepth = int.MaxValue });

    private static JsonElement? TextOf(JsonElement value, ReadOnlySpan<byte> name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field : null;

    private static bool Is(JsonElement? text, ReadOnlySpan<byte> value) => text is { } known && known.ValueEquals(value);

    /// <summary>Writes JSON as text. Each thread reuses its own buffer.</summary>
    private static class SpanJson
    {
        private const int LargestKept = 64 * 1024;

        [ThreadStatic]
        private static ArrayBufferWriter<byte>? _buffer;

        [ThreadStatic]
        private static Utf8JsonWriter? _writer;

        public static string Of<TValue>(TValue value, Action<Utf8JsonWriter, TValue> write)
        {
            var buffer = _buffer ?? new ArrayBufferWriter<byte>();
            var writer = _writer ?? new Utf8JsonWriter(buffer, CapturedValueWriter.JsonOptions);

            // Writing a value may need another text.
            (_buffer, _writer) = (null, null);
            write(writer, value);
            writer.Flush();
            var text = Encoding.UTF8.GetString(buffer.WrittenSpan);
            if (buffer.Capacity <= LargestKept)
            {
                buffer.ResetWrittenCount();
                writer.Reset();
                (_buffer, _writer) = (buffer, writer);
            }

            return text;
        }
    }
}
