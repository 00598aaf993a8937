using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>Captured values, written as the items of a JSON array of limited size. Not thread-safe.</summary>
internal sealed class CapturedItems(int maxBytes)
{
    // Enough for ,"[+9223372036854775807 items]"]
    private const int RoomForRest = 40;

    private readonly ArrayBufferWriter<byte> _json = new();
    private Utf8JsonWriter? _writer;

    public int Count { get; private set; }

    /// <summary>Writes one more item. Returns false and writes nothing if there is no room for it.</summary>
    public bool TryAdd(object? captured)
    {
        var room = maxBytes - RoomForRest - _json.WrittenCount;
        if (MaxLength(captured, room) > room)
        {
            return false;
        }

        _writer ??= new Utf8JsonWriter(_json, CapturedValueWriter.JsonOptions);
        _json.Write(Count++ == 0 ? "["u8 : ","u8);
        _writer.WriteCapturedValue(captured);
        _writer.Flush();
        _writer.Reset();
        return true;
    }

    /// <summary>The array.</summary>
    /// <param name="total">The number of items, written or not. The array ends with the number of those that are missing.</param>
    public byte[] ToArray(long total)
    {
        var items = Count == 0 ? "["u8 : _json.WrittenSpan;
        var rest = total == Count ? "]" : $"{(Count == 0 ? "" : ",")}\"{Placeholders.MoreItems(total - Count)}\"]";
        var utf8 = new byte[items.Length + rest.Length];
        items.CopyTo(utf8);
        Encoding.ASCII.GetBytes(rest, utf8.AsSpan(items.Length));
        return utf8;
    }

    private static int MaxLength(object? captured, int room) => captured switch
    {
        null => 4,
        CapturedJson json => json.Utf8.Length,
        CapturedText text => MaxLength(text.Value, room),
        string text => JsonText.CharactersThatFit(text, room) == text.Length ? 0 : int.MaxValue,
        _ => ImmutableScalar.MaxLength(captured),
    };
}
