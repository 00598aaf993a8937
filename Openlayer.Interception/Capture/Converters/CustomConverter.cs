using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A type that one of the application's converters writes. Its JSON is parsed and written again, so that limits and redaction apply to it.</summary>
internal sealed class CustomConverter(JsonTypeInfo contract) : SnapshotConverter
{
    // Parsing takes quadratic time in the depth.
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 1_000 };

    public static CustomConverter Create(Type type, JsonConverter converter, JsonSerializerOptions options) =>
        new((JsonTypeInfo)new Func<JsonSerializerOptions, JsonConverter, JsonTypeInfo<object>>(JsonMetadataServices.CreateValueInfo<object>)
            .Method.GetGenericMethodDefinition().MakeGenericMethod(type).Invoke(null, [options, converter])!);

    // The structs of the libraries are immutable, and so are their converters.
    public override bool TryCopy(object value, int depth, ObjectCopies copies, out object? copy)
    {
        copy = value;
        return value.GetType() is { IsValueType: true } type && type.IsOfModelLibrary() && contract.Converter.GetType().IsOfModelLibrary();
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        if (writer.HasFailed(this, out var failure))
        {
            writer.WritePlaceholder(failure);
            return;
        }

        using var buffer = new PooledBuffer(writer.MaxBytes, () => writer.IsOverdue);
        try
        {
            // Not disposed, because that would flush a second time after a failed write.
            var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = CapturedValueWriter.JsonOptions.Encoder });
            JsonSerializer.Serialize(json, value, contract);
            json.Flush();
        }
        catch (BufferLimitException)
        {
            writer.CheckTime();
            writer.WritePlaceholder(writer.IsFull ? Placeholders.TimeLimit : Placeholders.SizeLimit);
            return;
        }
        catch (Exception exception)
        {
            writer.WritePlaceholder(writer.AddFailure(this, exception));
            return;
        }

        writer.CheckTime();
        if (DepthOf(buffer.Written.Span) > DocumentOptions.MaxDepth)
        {
            writer.WritePlaceholder(Placeholders.DepthLimit);
            return;
        }

        using var document = JsonDocument.Parse(buffer.Written, DocumentOptions);
        JsonValueConverter.WriteElement(writer, document.RootElement);
    }

    private static int DepthOf(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var depth = 0;
        while (reader.Read())
        {
            depth = Math.Max(depth, reader.CurrentDepth);
        }

        return depth;
    }
}
