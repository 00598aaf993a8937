using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Capture.Media;

/// <summary>
/// Bytes as a list of numbers. They are known by how the format of a file starts, by the name of the list, or because all of them are of the
/// type byte. A list of small numbers of any other kind can be data.
/// </summary>
internal static class ByteNumbers
{
    private const int MinCount = 16;

    private static readonly string[] Names = ["bytes", "buffer", "blob", "binary"];

    /// <summary>Whether a name says that its value is bytes: "bytes", "imageBytes".</summary>
    public static bool IsNameOfBytes(string? name) => name is not null && Array.Exists(Names, word => name.EndsWith(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an object is <c>{"type": "Buffer", "data": [...]}</c>, which is how Node.js writes bytes.</summary>
    public static bool AreOfBuffer(JsonElement buffer, JsonElement data) =>
        data.ValueKind == JsonValueKind.Array
        && buffer.TryGetProperty("type", out var type)
        && type.ValueKind == JsonValueKind.String
        && type.ValueEquals("Buffer");

    public static bool AreBytes(JsonElement items, string? name) =>
        items.GetArrayLength() >= MinCount && AreBytes(items.EnumerateArray().Select(static item => item.ValueKind == JsonValueKind.Number && item.TryGetByte(out var value) ? value : (byte?)null), name);

    public static bool AreBytes(JsonArray items, string? name) =>
        items.Count >= MinCount && AreBytes(items.Select(static item => item is JsonValue number && number.GetValueKind() == JsonValueKind.Number && byte.TryParse(number.ToString(), out var value) ? value : (byte?)null), name);

    /// <summary>Whether the items of a collection of numbers or objects are bytes.</summary>
    public static bool AreBytes(ICollection items, string? name)
    {
        if (items.Count < MinCount)
        {
            return false;
        }

        return items switch
        {
            IEnumerable<int> numbers => AreBytes(numbers.Select(static number => number is >= 0 and <= byte.MaxValue ? (byte)number : (byte?)null), name),
            IEnumerable<object> or ArrayList => items.Cast<object?>().Take(MinCount).All(static item => item is byte),
            _ => false,
        };
    }

    private static bool AreBytes(IEnumerable<byte?> items, string? name)
    {
        var first = items.Take(MinCount).ToArray();
        return Array.TrueForAll(first, static item => item is not null)
            && (IsNameOfBytes(name) || FileFormats.DistinctMediaTypeOf(Array.ConvertAll(first, static item => item!.Value)) is not null)
            && items.All(static item => item is not null);
    }
}
