using System.Reflection;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture.Converters;

namespace Openlayer.Interception.Capture.Media;

/// <summary><c>System.BinaryData</c>: a JSON object or array, or text that its media type names as such; of other bytes only type and number.</summary>
/// <param name="type">The class, which the library does not reference.</param>
internal sealed class BinaryDataConverter(Type type) : SnapshotConverter
{
    public const string TypeName = "System.BinaryData";

    private readonly MethodInfo _toMemory = type.GetMethod("ToMemory", Type.EmptyTypes)!;
    private readonly PropertyInfo? _mediaType = type.GetProperty("MediaType");

    public override void Write(SnapshotWriter writer, object value)
    {
        var bytes = ((ReadOnlyMemory<byte>)_toMemory.Invoke(value, null)!).Span;
        var mediaType = _mediaType?.GetValue(value) as string;
        if (bytes.Length <= writer.MaxBytes && IsText(mediaType))
        {
            writer.Write(Encoding.UTF8.GetString(bytes));
        }
        else if (bytes.Length <= writer.MaxBytes && Parsed(bytes) is { } json)
        {
            writer.Write(json);
        }
        else if (writer.TryOpen(value: null, isObject: true))
        {
            _ = writer.WriteProperty("bytes", bytes.Length) && (mediaType is null || writer.WriteProperty("mediaType", mediaType));
            writer.Close();
        }
    }

    private static bool IsText(string? mediaType) => mediaType?.StartsWith("text/", StringComparison.OrdinalIgnoreCase) == true;

    private static JsonElement? Parsed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.TrimStart(" \r\n\t"u8) is not ([(byte)'{', ..] or [(byte)'[', ..]))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<JsonElement>(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
