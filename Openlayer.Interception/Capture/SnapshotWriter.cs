using System.Runtime.CompilerServices;
using System.Text.Json;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The state of one capture: the JSON written so far, the objects on the way to where it is, and how much room is left. Each array or
/// object that is open keeps room for its own mark and its end, so that the JSON is valid wherever the room ends. Reused by its thread.
/// </summary>
internal sealed class SnapshotWriter : IDisposable
{
    // ,"…":"[size limit]"} is 22 bytes long; a value's own mark 14.
    private const int RoomToClose = 24;
    private const int RoomForMark = 16;
    private const int Punctuation = 4;
    private const int LongestKeptPath = 16;

    [ThreadStatic]
    private static SnapshotWriter? _idle;

    private readonly Utf8JsonWriter _json = new(Stream.Null, CapturedValueWriter.JsonOptions);
    private PooledBuffer? _buffer;
    private ShapeCatalog _shapes = null!;
    private int _maxDepth;
    private (object? Value, bool IsObject)[] _path = new (object?, bool)[LongestKeptPath];
    private int _depth;
    private int _markedDepth;

    private SnapshotWriter()
    {
    }

    public int MaxItems { get; private set; }

    public int MaxStringLength { get; private set; }

    public int MaxBytes { get; private set; }

    /// <summary>Whether the room has ended: nothing more is to be written but marks.</summary>
    public bool IsFull { get; private set; }

    private int Room => MaxBytes - (int)(_json.BytesCommitted + _json.BytesPending) - (_depth * RoomToClose) - Punctuation;

    /// <summary>Starts a capture. A capture inside of one, by code of the user that it runs, has its own writer.</summary>
    public static SnapshotWriter Begin(CaptureSettings settings, ShapeCatalog shapes)
    {
        var writer = _idle ?? new SnapshotWriter();
        _idle = null;
        writer._shapes = shapes;
        writer._maxDepth = settings.MaxDepth;
        writer.MaxItems = settings.MaxItems;
        writer.MaxStringLength = settings.MaxStringLength;
        writer.MaxBytes = settings.MaxBytes;
        writer._buffer = new PooledBuffer(settings.MaxBytes);
        writer._json.Reset(writer._buffer);
        writer._markedDepth = -1;
        return writer;
    }

    /// <summary>Ends the capture, whatever state it is in.</summary>
    public void Dispose()
    {
        _buffer?.Dispose();
        _buffer = null;
        _json.Reset(Stream.Null);
        if (_path.Length > LongestKeptPath)
        {
            _path = new (object?, bool)[LongestKeptPath];
        }

        Array.Clear(_path);
        _depth = 0;
        IsFull = false;
        _idle = this;
    }

    /// <summary>The value as it has been captured.</summary>
    public object? ToCaptured()
    {
        _json.Flush();
        var utf8 = _buffer!.Written;
        var reader = new Utf8JsonReader(utf8.Span);
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => reader.GetString(),
            _ => new CapturedJson(utf8.ToArray()),
        };
    }

    /// <summary>The JSON that has been written.</summary>
    public byte[] ToUtf8()
    {
        _json.Flush();
        return _buffer!.Written.ToArray();
    }

    /// <summary>Writes a value of the user, whatever it is.</summary>
    /// <param name="value">The value.</param>
    /// <param name="converter">The user's converter for the type that the value was declared with, if there is one.</param>
    public void Write(object? value, ConvertedShape? converter = null)
    {
        if (value is null)
        {
            WriteNull();
            return;
        }

        // Code of the user has no part in these.
        if (converter is null && value is not Uri && !_shapes.NeedsShape(value))
        {
            WritePlain(value);
            return;
        }

        Attempt((value, converter), static (writer, state) => writer.WriteShaped(state.value, state.converter));
    }

    /// <summary>Runs what writes one value. Where it throws a mark says so, in its place or at the end of what it had opened.</summary>
    public void Attempt<T>(T state, Action<SnapshotWriter, T> write)
    {
        var depth = _depth;
        try
        {
            write(this, state);
        }
        catch (Exception exception)
        {
            Recover(depth, Placeholders.Threw(exception));
        }
    }

    public void WriteNull()
    {
        if (HasRoom(RoomForMark))
        {
            _json.WriteNullValue();
        }
    }

    public void WriteBoolean(bool value)
    {
        if (HasRoom(RoomForMark))
        {
            _json.WriteBooleanValue(value);
        }
    }

    /// <summary>Writes a number as it stands in JSON.</summary>
    public void WriteNumber(string json)
    {
        if (HasRoom(json.Length))
        {
            _json.WriteRawValue(json, skipInputValidation: true);
        }
    }

    public void WriteScalar(object value)
    {
        if (value is Uri address)
        {
            WriteText(ImmutableScalar.Address(address));
        }
        else if (!ImmutableScalar.Is(value))
        {
            WriteMark(Placeholders.Unread(value.GetType()));
        }
        else if (HasRoom(ImmutableScalar.MaxLength(value)))
        {
            ImmutableScalar.TryWrite(_json, value);
        }
    }

    /// <summary>Writes a text, cut where it is too long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="missing">How many characters after it have been left out already.</param>
    public void WriteText(ReadOnlySpan<char> text, long missing = 0)
    {
        var kept = JsonText.Keep(text, MaxStringLength, Room, missing > 0);
        if (kept < 0)
        {
            Refuse();
        }
        else if (kept == text.Length && missing == 0)
        {
            _json.WriteStringValue(text);
        }
        else
        {
            IsFull |= kept < JsonText.WholeCharacters(text, Math.Min(text.Length, MaxStringLength));
            _json.WriteStringValue(JsonText.Cut(text, kept, missing));
        }
    }

    /// <summary>Writes what stands for something left out.</summary>
    public void WriteMark(string mark)
    {
        if (HasRoom(mark.Length * JsonText.MaxBytesPerCharacter))
        {
            _json.WriteStringValue(mark);
        }
    }

    /// <summary>Opens an array or object, unless a mark has to stand in its place.</summary>
    /// <param name="value">The object that is being read, to notice when it comes again below itself; null where it cannot.</param>
    /// <param name="isObject">Whether it is an object, not an array.</param>
    public bool TryOpen(object? value, bool isObject)
    {
        if (value is not null && IsOnPath(value))
        {
            WriteMark(Placeholders.Cycle);
            return false;
        }

        if (_depth >= _maxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            WriteMark(Placeholders.DepthLimit);
            return false;
        }

        if (!HasRoom(RoomToClose))
        {
            return false;
        }

        if (_depth == _path.Length)
        {
            Array.Resize(ref _path, _depth * 2);
        }

        _path[_depth++] = (value, isObject);
        if (isObject)
        {
            _json.WriteStartObject();
        }
        else
        {
            _json.WriteStartArray();
        }

        return true;
    }

    /// <summary>Closes what was opened last.</summary>
    public void Close()
    {
        var isObject = _path[--_depth].IsObject;
        _path[_depth] = default;
        if (isObject)
        {
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteEndArray();
        }
    }

    /// <summary>To be asked before each item and property: false where there is no room for more, which has then been said.</summary>
    public bool CanGoOn()
    {
        if (!IsFull)
        {
            return true;
        }

        if (_markedDepth != _depth)
        {
            MarkEnd();
        }

        return false;
    }

    /// <summary>Starts a property, whose value comes next. False where there is no room.</summary>
    public bool TryWriteName(string name)
    {
        if (!CanGoOn())
        {
            return false;
        }

        var room = Room - RoomForMark;
        var kept = JsonText.Keep(name, MaxStringLength, room, isCut: false);
        if (kept < JsonText.WholeCharacters(name, Math.Min(name.Length, MaxStringLength)))
        {
            MarkEnd();
            return false;
        }

        if (kept == name.Length)
        {
            _json.WritePropertyName(name);
        }
        else
        {
            _json.WritePropertyName(JsonText.Cut(name, kept, missing: 0));
        }

        return true;
    }

    /// <summary>The same for a name that is known to be short.</summary>
    public bool TryWriteName(JsonEncodedText name)
    {
        if (!CanGoOn())
        {
            return false;
        }

        if (Room < name.EncodedUtf8Bytes.Length + RoomForMark)
        {
            MarkEnd();
            return false;
        }

        _json.WritePropertyName(name);
        return true;
    }

    /// <summary>Writes a property of the user's naming. False where there is no room.</summary>
    public bool WriteProperty(string name, object? value, ConvertedShape? converter = null)
    {
        if (!TryWriteName(name))
        {
            return false;
        }

        if (IsRedacted(name))
        {
            WriteMark(ValueCapture.Redacted);
        }
        else
        {
            Write(value, converter);
        }

        return true;
    }

    /// <summary>Writes the last entry of an object, which stands for the rest.</summary>
    public void WriteRest(string mark)
    {
        if (TryWriteName(Placeholders.MoreName))
        {
            WriteMark(mark);
        }
    }

    public bool IsRedacted(string name) => _shapes.Names.Contains(name);

    private void WriteShaped(object value, ConvertedShape? converter)
    {
        if (converter is not null)
        {
            converter.Write(this, value);
        }
        else if (_shapes.NeedsShape(value))
        {
            _shapes.ShapeOf(value.GetType()).Write(this, value);
        }
        else
        {
            WritePlain(value);
        }
    }

    private void WritePlain(object value)
    {
        if (value is string text)
        {
            WriteText(text);
        }
        else
        {
            WriteScalar(value);
        }
    }

    // A value that does not fit is replaced by its mark, for which its place keeps room.
    private bool HasRoom(int bytes)
    {
        if (bytes <= Room)
        {
            return true;
        }

        Refuse();
        return false;
    }

    private void Refuse()
    {
        IsFull = true;
        _markedDepth = _depth;
        _json.WriteStringValue(Placeholders.SizeLimit);
    }

    private void MarkEnd()
    {
        if (_path[_depth - 1].IsObject)
        {
            _json.WritePropertyName(Placeholders.MoreName);
        }

        Refuse();
    }

    private void Recover(int depth, string mark)
    {
        if (_depth == depth)
        {
            WriteMark(mark);
            return;
        }

        if (CanGoOn())
        {
            if (_path[_depth - 1].IsObject)
            {
                WriteRest(mark);
            }
            else
            {
                WriteMark(mark);
            }
        }

        while (_depth > depth)
        {
            Close();
        }
    }

    private bool IsOnPath(object value)
    {
        for (var level = _depth - 1; level >= 0; level--)
        {
            if (ReferenceEquals(_path[level].Value, value))
            {
                return true;
            }
        }

        return false;
    }
}
