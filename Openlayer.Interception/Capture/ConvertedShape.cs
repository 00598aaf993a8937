using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Openlayer.Interception.Capture;

/// <summary>A type that a converter writes. What it writes is read back, so that the limits and the redaction hold for it as well.</summary>
internal sealed class ConvertedShape(JsonTypeInfo contract) : ValueShape
{
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = int.MaxValue };

    public static ConvertedShape Create(Type type, JsonConverter converter, JsonSerializerOptions options) =>
        new((JsonTypeInfo)new Func<JsonSerializerOptions, JsonConverter, JsonTypeInfo<object>>(JsonMetadataServices.CreateValueInfo<object>)
            .Method.GetGenericMethodDefinition().MakeGenericMethod(type).Invoke(null, [options, converter])!);

    public override void Write(SnapshotWriter writer, object value)
    {
        using var buffer = new PooledBuffer(writer.MaxBytes);
        try
        {
            // Not disposed, which would write what could not be written once more.
            var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = CapturedValueWriter.JsonOptions.Encoder });
            JsonSerializer.Serialize(json, value, contract);
            json.Flush();
        }
        catch (BufferLimitException)
        {
            writer.WriteMark(Placeholders.SizeLimit);
            return;
        }

        using var document = JsonDocument.Parse(buffer.Written, DocumentOptions);
        JsonShape.WriteElement(writer, document.RootElement);
    }
}
