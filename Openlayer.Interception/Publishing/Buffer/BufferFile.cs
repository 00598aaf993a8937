using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// A row as a file of the offline buffer, in the format of Openlayer's Python SDK: <c>trace_{unix ms}_{pid}_{uuid}.json</c>, with
/// <c>trace_data</c>, <c>config</c> (its keys in snake case), <c>inference_pipeline_id</c>, <c>timestamp</c> and <c>metadata</c>. Files of
/// this library add the host, a fingerprint of the key and, where a trace named the pipeline, the application to the metadata. The
/// TypeScript SDK writes the same members in camel case. An update of a row is the same with <c>inference_id</c>, in a file
/// <c>feedback_{unix ms}_{pid}_{uuid}.json</c>, which the other SDKs do not read: they would send it as a row.
/// </summary>
internal sealed class BufferFile
{
    private const string RowPrefix = "trace_";
    private const string UpdatePrefix = "feedback_";
    private const string Extension = ".json";

    // A deeper row cannot have been written by an SDK, and takes too long to parse for a failure callback.
    private const int MaxDepth = 20_000;

    private static readonly byte[] BeforeRow = "{\"trace_data\":"u8.ToArray();
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    private static readonly byte[][] PipelineMembers = ["\"inference_pipeline_id\""u8.ToArray(), "\"inferencePipelineId\""u8.ToArray()];

    private BufferFile()
    {
    }

    /// <summary>Whether the file is one JSON object.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>The row. Null if the file is empty, truncated, not JSON, or of another format or version.</summary>
    public PendingRow? Row { get; private init; }

    /// <summary>The pipeline that the row is for. Also known of many files that are damaged or of another version.</summary>
    public string? PipelineId { get; private init; }

    /// <summary>The host that the row is for. Null if the file names none.</summary>
    public string? Host { get; private init; }

    /// <summary>The fingerprint of the API key that the row is for. Null if the file has none.</summary>
    public string? KeyId { get; private init; }

    /// <summary>The <see cref="BufferOwner.Id"/> of the application that wrote the row, if a trace named the pipeline.</summary>
    public string? WriterId { get; private init; }

    /// <summary>Enumerates the files of a folder that have the name of a row or an update, followed by a suffix.</summary>
    public static IEnumerable<FileInfo> In(string folder, string suffix = "") => new DirectoryInfo(folder)
        .EnumerateFiles($"*_*{Extension}{suffix}")
        .Where(static file => file.Name.StartsWith(RowPrefix, StringComparison.Ordinal) || IsUpdate(file.Name));

    /// <summary>Whether a file has the name of an update.</summary>
    public static bool IsUpdate(string name) => name.StartsWith(UpdatePrefix, StringComparison.Ordinal);

    /// <param name="unixMilliseconds">The time, by which files are ordered.</param>
    /// <param name="isUpdate">Whether the file holds an update.</param>
    public static string NewName(long unixMilliseconds, bool isUpdate) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(isUpdate ? UpdatePrefix : RowPrefix)}{unixMilliseconds}_{Environment.ProcessId}_{Guid.NewGuid():N}{Extension}");

    /// <summary>The time in a file's name, in Unix milliseconds. Zero if the name has none.</summary>
    public static long TimeOf(string name)
    {
        var time = name.AsSpan(name.IndexOf('_', StringComparison.Ordinal) + 1);
        var end = time.IndexOf('_');
        return end > 0 && long.TryParse(time[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : 0;
    }

    /// <summary>Writes a row as the parts of a file, without copying the row, and without its attachments.</summary>
    /// <param name="row">The row.</param>
    /// <param name="attachments">Those of the row, read once: an upload may end meanwhile.</param>
    /// <param name="owner">Whose row it is.</param>
    /// <param name="unixMilliseconds">The time that the file has.</param>
    public static ReadOnlyMemory<byte>[] Write(PendingRow row, RowAttachments? attachments, BufferOwner owner, long unixMilliseconds)
    {
        var rest = new ArrayBufferWriter<byte>(row.Target.Config.Length * 2);
        using (var writer = new Utf8JsonWriter(rest, CapturedValueWriter.JsonOptions))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("config"u8);
            WriteRenamed(writer, row.Target.Config, SnakeCase);
            writer.WriteString("inference_pipeline_id"u8, row.Target.PipelineId);
            if (row.Target.UpdatedId is { } updatedId)
            {
                writer.WriteString("inference_id"u8, updatedId);
            }

            writer.WriteNumber("timestamp"u8, unixMilliseconds);
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("buffer_version"u8, "1.0"u8);
            writer.WriteString("created_by"u8, "Openlayer.Interception"u8);
            writer.WriteNumber("process_id"u8, Environment.ProcessId);
            writer.WriteString("host"u8, owner.Host);
            if (owner.KeyId is { } keyId)
            {
                writer.WriteString("key_id"u8, keyId);
            }

            if (row.Target.PipelineId != owner.PipelineId)
            {
                writer.WriteString("application"u8, owner.Id);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return [BeforeRow, attachments?.Json ?? row.Json, ","u8.ToArray(), rest.WrittenMemory[1..]];
    }

    /// <summary>Reads a file of any SDK, in time proportional to its size.</summary>
    public static BufferFile Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            if (Utf8.IsValid(file.Span))
            {
                return ReadValid(file);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // The file is not JSON, or its strings are not text.
        }

        return new BufferFile { PipelineId = FindPipeline(file.Span) };
    }

    private static BufferFile ReadValid(ReadOnlyMemory<byte> file)
    {
        ReadOnlyMemory<byte>? data = null, config = null, attachments = null;
        string? pipelineId = null, updatedId = null, host = null, keyId = null, writerId = null;
        var isOfKnownVersion = true;
        var reader = new Utf8JsonReader(file.Span, ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new BufferFile();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var type = reader.TokenType;
            var value = ValueAt(file, ref reader);
            switch (name)
            {
                case "trace_data" or "traceData" when type == JsonTokenType.StartObject:
                    data = value;
                    break;
                case "config" when type == JsonTokenType.StartObject:
                    config = value;
                    break;
                case "inference_pipeline_id" or "inferencePipelineId" when type == JsonTokenType.String:
                    pipelineId = reader.GetString();
                    break;
                case "inference_id" when type == JsonTokenType.String:
                    updatedId = reader.GetString();
                    break;
                case "attachments" when type == JsonTokenType.StartArray:
                    attachments = value;
                    break;
                case "metadata" when type == JsonTokenType.StartObject:
                    (isOfKnownVersion, host, keyId, writerId) = ReadMetadata(value);
                    break;
            }
        }

        // The file must end with the object.
        reader.Read();
        var row = data is { } json && config is { } columns && !string.IsNullOrWhiteSpace(pipelineId) && isOfKnownVersion
            ? new PendingRow(new DataStreamTarget(pipelineId, CamelCased(columns)) { UpdatedId = updatedId }, json)
            {
                InferenceId = updatedId ?? InferenceIdOf(json),
                Attachments = attachments is { } array && BufferedAttachments.Read(array) is { Count: > 0 } waiting ? new RowAttachments(json, waiting) : null,
            }
            : null;
        return new BufferFile { IsComplete = true, Row = row, PipelineId = pipelineId, Host = host, KeyId = keyId, WriterId = writerId };
    }

    private static string? InferenceIdOf(ReadOnlyMemory<byte> row)
    {
        var reader = new Utf8JsonReader(row.Span, ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("inferenceId"u8);
            reader.Read();
            if (isId)
            {
                return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }

            reader.Skip();
        }

        return null;
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

    private static (bool IsOfKnownVersion, string? Host, string? KeyId, string? WriterId) ReadMetadata(ReadOnlyMemory<byte> metadata)
    {
        var isOfKnownVersion = true;
        string? host = null, keyId = null, writerId = null;
        var reader = new Utf8JsonReader(metadata.Span, ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
            reader.Skip();
            switch (name)
            {
                case "buffer_version" or "bufferVersion":
                    isOfKnownVersion = text.StartsWith("1.", StringComparison.Ordinal);
                    break;
                case "host":
                    host = text;
                    break;
                case "key_id":
                    keyId = text;
                    break;
                case "application":
                    writerId = text;
                    break;
            }
        }

        return (isOfKnownVersion, host, keyId, writerId);
    }

    /// <summary>Finds the pipeline in a file that is not valid JSON, such as one that is truncated or contains NaN.</summary>
    private static string? FindPipeline(ReadOnlySpan<byte> file)
    {
        foreach (var member in PipelineMembers)
        {
            // The row comes first and may contain the same name.
            var start = file.LastIndexOf(member);
            if (start < 0)
            {
                continue;
            }

            var value = file[(start + member.Length)..].TrimStart(" \t\r\n:"u8);
            var end = value.Length > 1 && value[0] == (byte)'"' ? value[1..].IndexOf((byte)'"') : -1;
            if (end > 0)
            {
                return Encoding.UTF8.GetString(value.Slice(1, end));
            }
        }

        return null;
    }

    private static ReadOnlyMemory<byte> CamelCased(ReadOnlyMemory<byte> config)
    {
        var camelCased = new ArrayBufferWriter<byte>(config.Length);
        using (var writer = new Utf8JsonWriter(camelCased, CapturedValueWriter.JsonOptions))
        {
            WriteRenamed(writer, config, CamelCase);
        }

        return camelCased.WrittenMemory;
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
