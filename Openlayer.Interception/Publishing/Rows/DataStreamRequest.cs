using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>The body of a request to the Openlayer data stream: <c>{"config": {...}, "rows": [...]}</c>, straight to UTF-8.</summary>
internal static class DataStreamRequest
{
    // Steps nest as deep as calls do. The body is read by a JSON parser and never by a browser, so that text can stay as it is.
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = int.MaxValue,
        SkipValidation = true,
    };

    /// <param name="output">What the body is written to.</param>
    /// <param name="rows">At least one. They share one <c>config</c>, and so must have equal ones.</param>
    /// <exception cref="ArgumentException">The rows' configs differ.</exception>
    public static void Write(IBufferWriter<byte> output, params IReadOnlyList<Row> rows)
    {
        var config = rows[0].Config;
        if (rows.Any(row => !row.Config.Equals(config)))
        {
            throw new ArgumentException("Rows of one request must have equal configs.", nameof(rows));
        }

        using var writer = new Utf8JsonWriter(output, WriterOptions);
        writer.WriteStartObject();
        writer.WritePropertyName("config"u8);
        config.WriteTo(writer);
        writer.WriteStartArray("rows"u8);
        foreach (var row in rows)
        {
            row.WriteTo(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
