using System.Buffers;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>The body of a request that sends one row to the Openlayer data stream: <c>{"config": {...}, "rows": [...]}</c>, as UTF-8.</summary>
internal static class DataStreamRequest
{
    public static void Write(IBufferWriter<byte> output, Row row)
    {
        using var writer = new Utf8JsonWriter(output, CapturedValueWriter.JsonOptions);
        writer.WriteStartObject();
        writer.WritePropertyName("config"u8);
        row.Config.WriteTo(writer);
        writer.WriteStartArray("rows"u8);
        row.WriteTo(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
