using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Capture;

/// <summary>A snapshot of a composite value: its JSON, written once and copied to the wire as it is. Thread-safe.</summary>
internal sealed class CapturedJson
{
    // Writes the immutable value; or the attachments that are to be uploaded. One field, because every capture allocates it.
    private readonly object? _writeOrHeld;
    private byte[]? _utf8;

    // The immutable value until its JSON is parsed, then the boxed element. One field, because every capture allocates it.
    private object? _valueOrElement;

    /// <param name="utf8">One complete JSON value.</param>
    /// <param name="held">What is to be uploaded of it. Null for nothing.</param>
    public CapturedJson(byte[] utf8, HeldAttachment[]? held = null)
    {
        _utf8 = utf8;
        _writeOrHeld = held;
        EstimatedBytes = utf8.Length;
    }

    /// <param name="value">An immutable value.</param>
    /// <param name="estimatedBytes">About how many bytes of memory the value holds.</param>
    /// <param name="write">Writes the value as one complete JSON value, on first use.</param>
    public CapturedJson(object value, long estimatedBytes, Func<object, byte[]> write)
    {
        _valueOrElement = value;
        _writeOrHeld = write;
        EstimatedBytes = estimatedBytes;
    }

    /// <summary>About how many bytes of memory the snapshot holds.</summary>
    public long EstimatedBytes { get; }

    /// <summary>The immutable value that the JSON is written from. Null if it was written when it was captured, or has been parsed.</summary>
    public object? Source => _writeOrHeld is Func<object, byte[]> && Volatile.Read(ref _valueOrElement) is { } value and not JsonElement ? value : null;

    /// <summary>The attachments in it that are to be uploaded.</summary>
    public ReadOnlySpan<HeldAttachment> Held => _writeOrHeld as HeldAttachment[];

    public ReadOnlyMemory<byte> Utf8
    {
        get
        {
            // The order matters: the value is replaced only after the JSON is set.
            var value = Volatile.Read(ref _valueOrElement);
            if (Volatile.Read(ref _utf8) is { } written)
            {
                return written;
            }

            var utf8 = ((Func<object, byte[]>)_writeOrHeld!)(value!);
            Volatile.Write(ref _utf8, utf8);
            return utf8;
        }
    }

    /// <summary>The public form of the snapshot. Parsed on first use.</summary>
    public JsonElement Element
    {
        get
        {
            var utf8 = Utf8;
            if (Volatile.Read(ref _valueOrElement) is JsonElement element)
            {
                return element;
            }

            element = Parse(utf8);
            Volatile.Write(ref _valueOrElement, element);
            return element;
        }
    }

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return document.RootElement.Clone();
    }
}
