using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The items that a stream has produced so far. Text items are joined to one text of at most
/// <see cref="CaptureOptions.MaxStringLength"/> characters. Other items become an array of at most <see cref="CaptureOptions.MaxItems"/>
/// items and <see cref="CaptureOptions.MaxBytes"/> bytes. A placeholder says how much is missing. One thread at a time may add; other
/// threads may read at the same time.
/// </summary>
/// <typeparam name="T">The type of the items. A stream of string or char is text, even if it is empty. A stream of a type that string
/// converts to is text if it is not empty and every item is a string.</typeparam>
/// <param name="capture">Captures the items.</param>
/// <param name="settings">The limits.</param>
/// <param name="expected">The expected number of items, for which room is allocated.</param>
/// <param name="tuples">The redacted elements of the items, if they are tuples.</param>
internal sealed class StreamCapture<T>(ValueCapture capture, CaptureSettings settings, long expected = 0, TupleNames? tuples = null)
{
    private const int MinRoom = 4;

    // The expectation may be too high.
    private const int MaxFirstRoom = 256;

    private static readonly bool IsText = typeof(T) == typeof(string) || typeof(T) == typeof(char);

    // Scalars are immutable, so their JSON is written at the end.
    private static readonly bool IsScalar = typeof(T).IsValueType && !IsText && ImmutableScalar.IsType(typeof(T)) && typeof(T) != typeof(BigInteger);

    private readonly object _gate = new();
    private long _count;

    // For streams of text.
    private StringBuilder? _text = typeof(T) == typeof(char) || typeof(T).IsAssignableFrom(typeof(string)) ? new StringBuilder() : null;
    private long _missing;

    // For streams of scalars. One thread writes: first the item, then the count.
    private T[] _scalars = [];
    private int _scalarCount;

    // For other streams: the items that are kept.
    private readonly CapturedItems? _items = IsScalar || IsText ? null : new CapturedItems(settings.MaxBytes);

    /// <summary>The number of items so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds a snapshot of an item, because its consumer may change it.</summary>
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

        // Outside the lock, because it may run code of the application.
        var isKept = _items!.Count == _count && _count < settings.MaxItems;
        var captured = isKept ? capture.CaptureNamed(ValueCapture.OutputName, item, tuples) : null;
        lock (_gate)
        {
            _count++;
            if (_text is not null)
            {
                AppendIfText(item);
            }

            if (isKept)
            {
                _items.TryAdd(captured);
            }
        }
    }

    /// <summary>The captured form of the items so far.</summary>
    public object? ToCaptured()
    {
        lock (_gate)
        {
            if (typeof(T) == typeof(byte))
            {
                return new CapturedJson(JsonSerializer.SerializeToUtf8Bytes(new { bytes = Count }));
            }

            if (IsScalar)
            {
                return Scalars();
            }

            return _text is not null && (IsText || _count > 0) ? Text(_text) : capture.CaptureItems(_items!.ToArray(_count));
        }
    }

    private void AddScalar(T item)
    {
        var count = _scalarCount;
        if (count < settings.MaxItems)
        {
            if (count == _scalars.Length)
            {
                Array.Resize(ref _scalars, count == 0 ? (int)Math.Clamp(expected, MinRoom, MaxFirstRoom) : count * 2);
            }

            _scalars[count] = item;
            Volatile.Write(ref _scalarCount, count + 1);
        }

        Volatile.Write(ref _count, _count + 1);
    }

    private CapturedJson Scalars()
    {
        var count = Volatile.Read(ref _scalarCount);
        var total = Math.Max(Count, count);
        var scalars = Volatile.Read(ref _scalars);
        return new CapturedJson(scalars, (long)scalars.Length * Unsafe.SizeOf<T>(), _ =>
        {
            var items = new CapturedItems(settings.MaxBytes);
            foreach (var scalar in scalars.AsSpan(0, count))
            {
                if (!items.TryAdd(scalar))
                {
                    break;
                }
            }

            return items.ToArray(total);
        });
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
        var kept = Math.Min(text.Length, settings.MaxStringLength - _text!.Length);
        _text.Append(text[..kept]);
        _missing += text.Length - kept;
    }

    private object Text(StringBuilder builder)
    {
        // The last character may be half of a surrogate pair whose other half is missing.
        var isHalf = _missing > 0 && builder.Length > 0 && char.IsHighSurrogate(builder[^1]);
        var text = builder.ToString(0, isHalf ? builder.Length - 1 : builder.Length);
        return capture.CaptureText(text, isHalf ? _missing + 1 : _missing, ValueCapture.OutputName);
    }
}
