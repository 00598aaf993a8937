using System.Runtime.CompilerServices;
using System.Text.Json;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The state of one capture: the JSON written so far, the path of open objects, and the remaining room. Every open array or object reserves
/// room for its placeholder and its end, so that the JSON stays valid when the room ends. Each thread reuses its own writer.
/// </summary>
internal sealed class SnapshotWriter : IDisposable
{
    // ,"…":"[size limit]"} takes 22 bytes, the placeholder of a value 14.
    private const int RoomToClose = 24;
    private const int RoomForPlaceholder = 16;
    private const int Punctuation = 4;
    private const int LongestKeptPath = 16;

    [ThreadStatic]
    private static SnapshotWriter? _idle;

    private readonly Utf8JsonWriter _json = new(Stream.Null, CapturedValueWriter.JsonOptions);
    private PooledBuffer? _buffer;
    private SnapshotConverterCache _converters = null!;
    private int _maxDepth;
    private (object? Value, bool IsObject)[] _path = new (object?, bool)[LongestKeptPath];
    private int _depth;
    private int _limitedDepth;

    private SnapshotWriter()
    {
    }

    public int MaxItems { get; private set; }

    public int MaxStringLength { get; private set; }

    public int MaxBytes { get; private set; }

    /// <summary>Whether the room has ended. Only placeholders are written from here on.</summary>
    public bool IsFull { get; private set; }

    private int Room => MaxBytes - (int)(_json.BytesCommitted + _json.BytesPending) - (_depth * RoomToClose) - Punctuation;

    /// <summary>Starts a capture. If code of the application starts another one on the same thread, that has a writer of its own.</summary>
    public static SnapshotWriter Begin(CaptureSettings settings, SnapshotConverterCache converters)
    {
        var writer = _idle ?? new SnapshotWriter();
        _idle = null;
        writer._converters = converters;
        writer._maxDepth = settings.MaxDepth;
        writer.MaxItems = settings.MaxItems;
        writer.MaxStringLength = settings.MaxStringLength;
        writer.MaxBytes = settings.MaxBytes;
        writer._buffer = new PooledBuffer(settings.MaxBytes);
        writer._json.Reset(writer._buffer);
        writer._limitedDepth = -1;
        return writer;
    }

    /// <summary>Ends the capture in any state.</summary>
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

    /// <summary>The captured value.</summary>
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

    /// <summary>The JSON written so far.</summary>
    public byte[] ToUtf8()
    {
        _json.Flush();
        return _buffer!.Written.ToArray();
    }

    /// <summary>Writes any value of the application.</summary>
    /// <param name="value">The value.</param>
    /// <param name="converter">The application's converter for the declared type of the value, or null.</param>
    public void Write(object? value, CustomConverter? converter = null)
    {
        if (value is null)
        {
            WriteNull();
            return;
        }

        // Writing these runs no code of the application.
        if (converter is null && value is not Uri && !_converters.NeedsConverter(value))
        {
            WritePlain(value);
            return;
        }

        Attempt((value, converter), static (writer, state) => writer.WriteConverted(state.value, state.converter));
    }

    /// <summary>Runs a function that writes one value. If it throws, a placeholder is written in its place, or at the end of what it had opened.</summary>
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
        if (HasRoom(RoomForPlaceholder))
        {
            _json.WriteNullValue();
        }
    }

    public void WriteBoolean(bool value)
    {
        if (HasRoom(RoomForPlaceholder))
        {
            _json.WriteBooleanValue(value);
        }
    }

    /// <summary>Writes a number in its JSON form.</summary>
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
            WritePlaceholder(Placeholders.Unread(value.GetType()));
        }
        else if (HasRoom(ImmutableScalar.MaxLength(value)))
        {
            ImmutableScalar.TryWrite(_json, value);
        }
    }

    /// <summary>Writes a text, and cuts it if it is too long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="missing">The number of characters after it that are already omitted.</param>
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

    /// <summary>Writes the placeholder of an omitted value.</summary>
    public void WritePlaceholder(string placeholder)
    {
        if (HasRoom(placeholder.Length * JsonText.MaxBytesPerCharacter))
        {
            _json.WriteStringValue(placeholder);
        }
    }

    /// <summary>Opens an array or object. Returns false after writing a placeholder in its place.</summary>
    /// <param name="value">The object, to detect cycles. Null if it cannot contain itself.</param>
    /// <param name="isObject">True for an object, false for an array.</param>
    public bool TryOpen(object? value, bool isObject)
    {
        if (value is not null && IsOnPath(value))
        {
            WritePlaceholder(Placeholders.Cycle);
            return false;
        }

        if (_depth >= _maxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            WritePlaceholder(Placeholders.DepthLimit);
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

    /// <summary>Closes the array or object opened last.</summary>
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

    /// <summary>Call before each item and property. Returns false if there is no room, after writing a placeholder that says so.</summary>
    public bool CanContinue()
    {
        if (!IsFull)
        {
            return true;
        }

        if (_limitedDepth != _depth)
        {
            WriteSizeLimitAtEnd();
        }

        return false;
    }

    /// <summary>Writes a property name. Returns false if there is no room.</summary>
    public bool TryWriteName(string name)
    {
        if (!CanContinue())
        {
            return false;
        }

        var room = Room - RoomForPlaceholder;
        var kept = JsonText.Keep(name, MaxStringLength, room, isCut: false);
        if (kept < JsonText.WholeCharacters(name, Math.Min(name.Length, MaxStringLength)))
        {
            WriteSizeLimitAtEnd();
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

    /// <summary>Writes a property name that is known to be short. Returns false if there is no room.</summary>
    public bool TryWriteName(JsonEncodedText name)
    {
        if (!CanContinue())
        {
            return false;
        }

        if (Room < name.EncodedUtf8Bytes.Length + RoomForPlaceholder)
        {
            WriteSizeLimitAtEnd();
            return false;
        }

        _json.WritePropertyName(name);
        return true;
    }

    /// <summary>Writes a property, and redacts it by its name. Returns false if there is no room.</summary>
    public bool WriteProperty(string name, object? value, CustomConverter? converter = null)
    {
        if (!TryWriteName(name))
        {
            return false;
        }

        if (IsRedacted(name))
        {
            WritePlaceholder(ValueCapture.Redacted);
        }
        else
        {
            Write(value, converter);
        }

        return true;
    }

    /// <summary>Writes the last entry of an object: a placeholder for the entries that are missing.</summary>
    public void WriteRemainder(string placeholder)
    {
        if (TryWriteName(Placeholders.MoreName))
        {
            WritePlaceholder(placeholder);
        }
    }

    public bool IsRedacted(string name) => _converters.Names.Contains(name);

    private void WriteConverted(object value, CustomConverter? converter)
    {
        if (converter is not null)
        {
            converter.Write(this, value);
        }
        else if (_converters.NeedsConverter(value))
        {
            _converters.Get(value.GetType()).Write(this, value);
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

    // A value that does not fit is replaced by a placeholder. Room for that is always reserved.
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
        _limitedDepth = _depth;
        _json.WriteStringValue(Placeholders.SizeLimit);
    }

    private void WriteSizeLimitAtEnd()
    {
        if (_path[_depth - 1].IsObject)
        {
            _json.WritePropertyName(Placeholders.MoreName);
        }

        Refuse();
    }

    private void Recover(int depth, string placeholder)
    {
        if (_depth == depth)
        {
            WritePlaceholder(placeholder);
            return;
        }

        if (CanContinue())
        {
            if (_path[_depth - 1].IsObject)
            {
                WriteRemainder(placeholder);
            }
            else
            {
                WritePlaceholder(placeholder);
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
