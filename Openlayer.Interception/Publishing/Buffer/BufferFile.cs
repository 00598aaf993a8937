using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// A row as a file of the offline buffer, in the format of Openlayer's Python SDK: <c>trace_{unix ms}_{pid}_{8 hex}.json</c>, with
/// <c>trace_data</c>, <c>config</c> (its keys in snake case), <c>inference_pipeline_id</c>, <c>timestamp</c> and <c>metadata</c>.
/// </summary>
internal static class BufferFile
{
    /// <summary>The pattern of the file names of buffered rows.</summary>
    public const string Pattern = "trace_*.json";

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = int.MaxValue };

    public static string NewName(long unixMilliseconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"trace_{unixMilliseconds}_{Environment.ProcessId}_{Guid.NewGuid().ToString("N")[..8]}.json");

    public static void Write(IBufferWriter<byte> output, PendingRow row, long unixMilliseconds)
    {
        using var writer = new Utf8JsonWriter(output, CapturedValueWriter.JsonOptions);
        writer.WriteStartObject();
        writer.WritePropertyName("trace_data"u8);
        writer.WriteRawValue(row.Json.Span, skipInputValidation: true);
        writer.WritePropertyName("config"u8);
        WriteRenamed(writer, row.Target.Config, SnakeCase);
        writer.WriteString("inference_pipeline_id"u8, row.Target.PipelineId);
        writer.WriteNumber("timestamp"u8, unixMilliseconds);
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("buffer_version"u8, "1.0"u8);
        writer.WriteString("created_by"u8, "Openlayer.Interception"u8);
        writer.WriteNumber("process_id"u8, Environment.ProcessId);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Reads a row that either SDK wrote. Returns false if the file is empty, truncated, not JSON, or of another format or version.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, [NotNullWhen(true)] out PendingRow? row)
    {
        row = null;
        try
        {
            if (!Utf8.IsValid(file.Span))
            {
                return false;
            }

            ReadOnlyMemory<byte>? data = null, config = null;
            string? pipelineId = null;
            var isOfKnownVersion = true;
            var reader = new Utf8JsonReader(file.Span, ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                var type = reader.TokenType;
                var value = ValueAt(file, ref reader);
                switch (name)
                {
                    case "trace_data" when type == JsonTokenType.StartObject:
                        data = value;
                        break;
                    case "config" when type == JsonTokenType.StartObject:
                        config = value;
                        break;
                    case "inference_pipeline_id" when type == JsonTokenType.String:
                        pipelineId = reader.GetString();
                        break;
                    case "metadata" when type == JsonTokenType.StartObject:
                        isOfKnownVersion = IsOfKnownVersion(value);
                        break;
                }
            }

            // The file must end with the object.
            if (reader.Read() || data is not { } json || config is not { } columns || string.IsNullOrWhiteSpace(pipelineId) || !isOfKnownVersion)
            {
                return false;
            }

            var camelCased = new ArrayBufferWriter<byte>(columns.Length);
            using (var writer = new Utf8JsonWriter(camelCased, CapturedValueWriter.JsonOptions))
            {
                WriteRenamed(writer, columns, CamelCase);
            }

            row = new PendingRow(new DataStreamTarget(pipelineId, camelCased.WrittenMemory), json);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private static ReadOnlyMemory<byte> ValueAt(ReadOnlyMemory<byte> file, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            reader.Skip();
        }

        return file[start..(int)reader.BytesConsumed];
    }

    private static bool IsOfKnownVersion(ReadOnlyMemory<byte> metadata)
    {
        using var document = JsonDocument.Parse(metadata, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return !document.RootElement.TryGetProperty("buffer_version"u8, out var version)
            || (version.ValueKind == JsonValueKind.String && version.GetString()!.StartsWith("1.", StringComparison.Ordinal));
    }

    private static void WriteRenamed(Utf8JsonWriter writer, ReadOnlyMemory<byte> config, Func<string, string> rename)
    {
        var reader = new Utf8JsonReader(config.Span, ReaderOptions);
        reader.Read();
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            writer.WritePropertyName(rename(reader.GetString()!));
            reader.Read();
            writer.WriteRawValue(ValueAt(config, ref reader).Span, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static string CamelCase(string name)
    {
        var camelCased = new StringBuilder(name.Length);
        for (var index = 0; index < name.Length; index++)
        {
            var startsWord = index > 0 && name[index] == '_' && index + 1 < name.Length;
            camelCased.Append(startsWord ? char.ToUpperInvariant(name[++index]) : name[index]);
        }

        return camelCased.ToString();
    }
}
