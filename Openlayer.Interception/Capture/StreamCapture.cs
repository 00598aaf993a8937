using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Openlayer.Interception.Capture;

/// <summary>
/// What a stream has produced so far. Items that are text are joined to one text, of at most
/// <see cref="CaptureOptions.MaxStringLength"/> characters; others are an array, of at most <see cref="CaptureOptions.MaxItems"/> items and
/// <see cref="CaptureOptions.MaxBytes"/> bytes. Both say how much more there was. One thread at a time adds; any may read meanwhile.
/// </summary>
/// <typeparam name="T">What the stream is a stream of. A stream of string or char is text, also when it is empty; one of another type that
/// a string can be is text if it was not empty and every item was one.</typeparam>
internal sealed class StreamCapture<T>(ValueCapture capture, CaptureOptions options)
{
    // ,"[+9223372036854775807 items]"] and some.
    private const int RoomForRest = 40;

    private static readonly bool IsText = typeof(T) == typeof(string) || typeof(T) == typeof(char);

    // Nobody can change them, so that their JSON can wait for the end.
    private static readonly bool IsScalar = typeof(T).IsValueType && !IsText && ImmutableScalar.IsType(typeof(T)) && typeof(T) != typeof(BigInteger);

    private readonly object _gate = new();
    private long _count;

    // Of streams of text.
    private StringBuilder? _text = typeof(T) == typeof(char) || typeof(T).IsAssignableFrom(typeof(string)) ? new StringBuilder() : null;
    private long _missing;

    // Of streams of scalars. Written by one thread only: the items first, then their number.
    private T[] _scalars = [];
    private int _scalarCount;

    // Of the others: the start of the array, with the items that were kept.
    private ArrayBufferWriter<byte>? _items;
    private Utf8JsonWriter? _writer;
    private int _kept;

    /// <summary>How many items there have been.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds an item as it is now: its consumer may change it.</summary>
    public void Add(T item)
    {
        if (IsScalar)
        {
            AddScalar(item);
            return;
        }

        if (IsText)
        {
            lock (_gate)
            {
                _count++;
                Append(item);
            }

            return;
        }

        // Outside of the lock, because it may run code of the user.
        var isKept = Volatile.Read(ref _kept) == _count && _kept < options.MaxItems;
        var captured = isKept ? capture.Capture(item) : null;
        lock (_gate)
        {
            _count++;
            if (_text is not null)
            {
                AppendIfText(item);
            }

            if (isKept)
            {
                Keep(captured);
            }
        }
    }

    /// <summary>The captured form of what there has been so far.</summary>
    public object? ToCaptured()
    {
        lock (_gate)
        {
            if (IsScalar)
            {
                KeepScalars();
            }

            return _text is not null && (IsText || _count > 0) ? Text(_text) : Items();
        }
    }

    private void AddScalar(T item)
    {
        var count = _scalarCount;
        if (count < options.MaxItems)
        {
            if (count == _scalars.Length)
            {
                Array.Resize(ref _scalars, Math.Max(4, count * 2));
            }

            _scalars[count] = item;
            Volatile.Write(ref _scalarCount, count + 1);
        }

        Volatile.Write(ref _count, _count + 1);
    }

    private void KeepScalars()
    {
        _items?.ResetWrittenCount();
        _kept = 0;
        var count = Volatile.Read(ref _scalarCount);
        foreach (var scalar in Volatile.Read(ref _scalars).AsSpan(0, count))
        {
            Keep(scalar);
        }
    }

    private void Append(T item)
    {
        if (typeof(T) == typeof(char))
        {
            var character = (char)(object)item!;
            Append(new ReadOnlySpan<char>(in character));
        }
        else
        {
            Append((string?)(object?)item);
        }
    }

    private void AppendIfText(T item)
    {
        if (item is string text)
        {
            Append(text);
        }
        else
        {
            _text = null;
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        var kept = Math.Min(text.Length, options.MaxStringLength - _text!.Length);
        _text.Append(text[..kept]);
        _missing += text.Length - kept;
    }

    private string Text(StringBuilder builder)
    {
        // Only here is it known whether the second half of a last character has come.
        var isHalf = _missing > 0 && builder.Length > 0 && char.IsHighSurrogate(builder[^1]);
        var text = builder.ToString(0, isHalf ? builder.Length - 1 : builder.Length);
        return capture.Cut(text, isHalf ? _missing + 1 : _missing);
    }

    private void Keep(object? captured)
    {
        var room = options.MaxBytes - RoomForRest - (_items?.WrittenCount ?? 0);
        if (MaxLength(captured, room) > room)
        {
            return;
        }

        _items ??= new ArrayBufferWriter<byte>();
        _writer ??= new Utf8JsonWriter(_items, SnapshotWriter.JsonOptions);
        _items.Write(_kept++ == 0 ? "["u8 : ","u8);
        _writer.WriteCapturedValue(captured);
        _writer.Flush();
        _writer.Reset();
    }

    private static int MaxLength(object? captured, int room) => captured switch
    {
        null => 4,
        CapturedJson json => json.Utf8.Length,
        string text => JsonText.CharactersThatFit(text, room) == text.Length ? 0 : int.MaxValue,
        _ => ImmutableScalar.MaxLength(captured),
    };

    private CapturedJson Items()
    {
        var items = _items is null ? "["u8 : _items.WrittenSpan;
        var rest = _count == _kept ? "]" : $"{(_kept == 0 ? "" : ",")}\"{Marks.MoreItems(_count - _kept)}\"]";
        var utf8 = new byte[items.Length + rest.Length];
        items.CopyTo(utf8);
        Encoding.ASCII.GetBytes(rest, utf8.AsSpan(items.Length));
        return new CapturedJson(utf8);
    }
}
