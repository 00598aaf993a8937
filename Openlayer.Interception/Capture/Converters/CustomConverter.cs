using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A type that one of the application's converters writes. Its JSON is parsed and written again, so that limits and redaction apply to it.</summary>
internal sealed class CustomConverter(JsonTypeInfo contract) : SnapshotConverter
{
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = int.MaxValue };

    public static CustomConverter Create(Type type, JsonConverter converter, JsonSerializerOptions options) =>
        new((JsonTypeInfo)new Func<JsonSerializerOptions, JsonConverter, JsonTypeInfo<object>>(JsonMetadataServices.CreateValueInfo<object>)
            .Method.GetGenericMethodDefinition().MakeGenericMethod(type).Invoke(null, [options, converter])!);

    public override void Write(SnapshotWriter writer, object value)
    {
        using var buffer = new PooledBuffer(writer.MaxBytes);
        try
        {
            // Not disposed, because that would flush a second time after a failed write.
            var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = CapturedValueWriter.JsonOptions.Encoder });
            JsonSerializer.Serialize(json, value, contract);
            json.Flush();
        }
        catch (BufferLimitException)
        {
            writer.WritePlaceholder(Placeholders.SizeLimit);
            return;
        }

        using var document = JsonDocument.Parse(buffer.Written, DocumentOptions);
        JsonValueConverter.WriteElement(writer, document.RootElement);
    }
}
