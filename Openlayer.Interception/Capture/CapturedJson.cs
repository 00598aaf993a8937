using System.Text;
using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>A snapshot of a composite value: its JSON, written once and copied to the wire as it is. Thread-safe.</summary>
internal sealed class CapturedJson
{
    private readonly object? _value;
    private readonly Func<object, byte[]>? _write;
    private byte[]? _utf8;

    // Boxed: a reference is read and written whole, also by two threads at once.
    private object? _element;

    /// <param name="utf8">One complete JSON value.</param>
    public CapturedJson(byte[] utf8) => _utf8 = utf8;

    /// <param name="value">A value that nobody can change.</param>
    /// <param name="write">Makes one complete JSON value of it, when that is first needed.</param>
    public CapturedJson(object value, Func<object, byte[]> write)
    {
        _value = value;
        _write = write;
    }

    public ReadOnlyMemory<byte> Utf8 => _utf8 ??= _write!(_value!);

    /// <summary>The snapshot as users see it. Parsed on first use.</summary>
    public JsonElement Element => (JsonElement)(_element ??= Parse(Utf8));

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return document.RootElement.Clone();
    }
}
