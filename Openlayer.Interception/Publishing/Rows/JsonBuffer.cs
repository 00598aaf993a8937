using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Publishing.Rows;

/// <summary>
/// The JSON of rows, in memory that is used again for the next row. Names, punctuation and most values are known to need no escaping and are
/// copied; only the rest goes through a JSON writer. Not thread-safe.
/// </summary>
internal sealed class JsonBuffer : IBufferWriter<byte>
{
    private const int InitialLength = 4_096;
    private const int MaxNumberLength = 32;
    private const int MaxIdLength = 40;

    // The decimal places of a tick in a second, and in a millisecond.
    private const int DigitsOfSecond = 7;
    private const int DigitsOfMillisecond = 4;

    // Printable ASCII without the quotation mark and the backslash. The encoder of CapturedValueWriter.JsonOptions escapes none of them.
    private static readonly SearchValues<char> Unescaped =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static code => (char)code).Except(['"', '\\'])]);

    // The seconds that were written last, as text. The times of a row mostly have the same second.
    private readonly byte[] _lastSecondsText = new byte[MaxNumberLength];
    private ulong _lastSeconds = ulong.MaxValue;
    private int _lastSecondsLength;

    private byte[] _bytes = new byte[InitialLength];
    private int _length;
    private Utf8JsonWriter? _writer;

    /// <summary>What was appended since the last <see cref="Clear"/>. Valid until more is appended.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The number of bytes that are kept for the next row.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Begins the next row.</summary>
    public void Clear() => _length = 0;

    /// <summary>Appends JSON as it is.</summary>
    public void Append(ReadOnlySpan<byte> json)
    {
        json.CopyTo(GetSpan(json.Length));
        _length += json.Length;
    }

    /// <summary>Appends a string, or null.</summary>
    public void AppendText(string? text)
    {
        if (text is not null && !text.AsSpan().ContainsAnyExcept(Unescaped))
        {
            var span = GetSpan(text.Length + 2);
            span[0] = (byte)'"';
            Ascii.FromUtf16(text, span[1..], out _);
            span[text.Length + 1] = (byte)'"';
            _length += text.Length + 2;
        }
        else
        {
            Write(text, static (writer, value) => writer.WriteStringValue(value));
        }
    }

    /// <summary>Appends the name of a property and a colon.</summary>
    public void AppendName(string name)
    {
        AppendText(name);
        Append(":"u8);
    }

    public void AppendNumber(long number)
    {
        Utf8Formatter.TryFormat(number, GetSpan(MaxNumberLength), out var length);
        _length += length;
    }

    /// <summary>Appends a number, or null. Infinity and NaN, which JSON cannot express, are null.</summary>
    public void AppendNumber(double? number)
    {
        if (number is not { } finite || !double.IsFinite(finite))
        {
            Append("null"u8);
        }
        else if (finite <= int.MaxValue && (int)finite == finite && !double.IsNegative(finite))
        {
            AppendNumber((int)finite);
        }
        else
        {
            Write(finite, static (writer, value) => writer.WriteNumberValue(value));
        }
    }

    /// <summary>Appends an id as a string.</summary>
    public void AppendId(Guid id)
    {
        var output = GetSpan(MaxIdLength);
        output[0] = (byte)'"';
        id.TryFormat(output[1..], out var length);
        output[length + 1] = (byte)'"';
        _length += length + 2;
    }

    /// <summary>Appends a time or duration in seconds, exactly and without zeros at its end.</summary>
    public void AppendSeconds(long ticks)
    {
        var (seconds, fraction) = Math.DivRem(AppendSign(ticks), (ulong)TimeSpan.TicksPerSecond);
        if (seconds != _lastSeconds)
        {
            _lastSeconds = seconds;
            Utf8Formatter.TryFormat(seconds, _lastSecondsText, out _lastSecondsLength);
        }

        Append(_lastSecondsText.AsSpan(0, _lastSecondsLength));
        AppendFraction((uint)fraction, DigitsOfSecond);
    }

    /// <summary>Appends a duration in milliseconds, exactly and without zeros at its end.</summary>
    public void AppendMilliseconds(long ticks)
    {
        var (milliseconds, fraction) = Math.DivRem(AppendSign(ticks), (ulong)TimeSpan.TicksPerMillisecond);
        Utf8Formatter.TryFormat(milliseconds, GetSpan(MaxNumberLength), out var length);
        _length += length;
        AppendFraction((uint)fraction, DigitsOfMillisecond);
    }

    /// <summary>Appends a value that was captured.</summary>
    public void AppendCaptured(object? captured)
    {
        switch (captured)
        {
            case null:
                Append("null"u8);
                break;
            case string text:
                AppendText(text);
                break;
            case CapturedText text:
                AppendText(text.Value);
                break;
            case CapturedJson json:
                Append(json.Utf8.Span);
                break;
            case int number:
                AppendNumber(number);
                break;
            case long number:
                AppendNumber(number);
                break;
            case bool truth:
                Append(truth ? "true"u8 : "false"u8);
                break;
            default:
                Write(captured, static (writer, value) => writer.WriteCapturedValue(value));
                break;
        }
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private ulong AppendSign(long ticks)
    {
        if (ticks >= 0)
        {
            return (ulong)ticks;
        }

        Append("-"u8);
        return unchecked(0UL - (ulong)ticks);
    }

    private void AppendFraction(uint fraction, int digits)
    {
        if (fraction == 0)
        {
            return;
        }

        var output = GetSpan(MaxNumberLength);
        output[0] = (byte)'.';
        for (var digit = digits; digit > 0; digit--)
        {
            (fraction, var last) = Math.DivRem(fraction, 10u);
            output[digit] = (byte)('0' + last);
        }

        _length += output[..(digits + 1)].LastIndexOfAnyExcept((byte)'0') + 1;
    }

    private void Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        // A value that could not be written may have left something in the writer.
        _writer ??= new Utf8JsonWriter(this, CapturedValueWriter.JsonOptions);
        _writer.Reset();
        write(_writer, value);
        _writer.Flush();
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < Math.Max(count, 1))
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, _length + (long)count)));
        }
    }
}
