using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture;

/// <summary>
/// The state of one capture: the JSON written so far, the path of open objects, the objects already written, and the remaining room and
/// time. Every open array or object reserves room for its placeholder and its end, so that the JSON stays valid when the room ends. Each
/// thread reuses its own writer.
/// </summary>
internal sealed class SnapshotWriter : IDisposable
{
    // ,"…":"[size limit]"} takes 22 bytes, the placeholder of a value 14.
    private const int RoomToClose = 24;
    private const int RoomForPlaceholder = 16;
    private const int Punctuation = 4;
    private const int LongestKeptPath = 16;
    private const int MostKeptObjects = 1_024;
    private const int MaxNameLengthInPath = 40;

    // A text that is used as a key. No secret has such a name.
    private const int MaxSearchedName = 4_096;

    // Objects that all refer to each other say nothing more after that.
    private const int MaxRepetitions = 5_000;

    // Reading the clock takes as long as writing a short value.
    private const int ValuesPerTimeCheck = 32;

    // Exceptions take 20 microseconds each.
    private const int MaxFailuresPerMember = 3;

    [ThreadStatic]
    private static SnapshotWriter? _idle;

    private readonly Utf8JsonWriter _json = new(Stream.Null, CapturedValueWriter.JsonOptions);
    private PooledBuffer? _buffer;
    private SnapshotConverterCache _converters = null!;
    private int _maxDepth;
    private Level[] _path = new Level[LongestKeptPath];
    private string _name = string.Empty;
    private int _depth;
    private int _limitedDepth;

    // Where each object was written first.
    private Dictionary<object, int> _written = new(ReferenceEqualityComparer.Instance);
    private List<Place> _places = [];
    private int _repetitions;
    private Dictionary<object, (int Count, string Placeholder)>? _failures;
    private TimeProvider? _clock;
    private long _start;
    private TimeSpan _maxTime;
    private int _valuesToTimeCheck;
    private int _bytesToHash;

    // The placeholder of the limit that was reached. Null until then.
    private string? _limit;

    // The last name, if bytes may be written under it as base64.
    private string? _mediaName;

    // What is to be uploaded of the value. Null for nothing.
    private List<HeldAttachment>? _held;

    private SnapshotWriter()
    {
    }

    /// <summary>The redacted elements of the tuples in the declared type of the value. Null if there are none.</summary>
    public TupleNames? Tuples { get; set; }

    /// <summary>The last name, if bytes may be written under it. Null: none.</summary>
    public string? MediaName => _mediaName;

    public int MaxItems { get; private set; }

    public int MaxStringLength { get; private set; }

    public int MaxBytes { get; private set; }

    /// <summary>Whether the room or the time has ended. Only placeholders are written from here on.</summary>
    public bool IsFull => _limit is not null;

    /// <summary>Whether the time has ended.</summary>
    public bool IsOverdue => _clock is not null && _clock.GetElapsedTime(_start) > _maxTime;

    private int Room => MaxBytes - (int)(_json.BytesCommitted + _json.BytesPending) - (_depth * RoomToClose) - Punctuation;

    /// <summary>Starts a capture. If code of the application starts another one on the same thread, that has a writer of its own.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="converters">The converters of all types.</param>
    /// <param name="name">The name of the captured value.</param>
    /// <param name="clock">The clock. Null for immutable values: writing them runs no code of the application, and no caller waits.</param>
    public static SnapshotWriter Begin(CaptureSettings settings, SnapshotConverterCache converters, string name, TimeProvider? clock)
    {
        var writer = _idle ?? new SnapshotWriter();
        _idle = null;
        writer._converters = converters;
        writer._name = name;
        writer._maxDepth = settings.MaxDepth;
        writer.MaxItems = settings.MaxItems;
        writer.MaxStringLength = settings.MaxStringLength;
        writer.MaxBytes = settings.MaxBytes;
        writer._buffer = new PooledBuffer(settings.MaxBytes);
        writer._json.Reset(writer._buffer);
        writer._limitedDepth = -1;
        writer._limit = null;
        writer._repetitions = 0;
        writer._bytesToHash = BytesConverter.MaxHashedBytes;
        writer._clock = clock;
        writer._start = clock?.GetTimestamp() ?? 0;
        writer._maxTime = settings.MaxTime;
        writer._valuesToTimeCheck = ValuesPerTimeCheck;
        writer._mediaName = null;
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
            _path = new Level[LongestKeptPath];
        }

        if (_places.Count > MostKeptObjects)
        {
            _written = new(ReferenceEqualityComparer.Instance);
            _places = [];
        }

        Array.Clear(_path);
        _written.Clear();
        _places.Clear();
        _failures = null;
        _held = null;
        Tuples = null;
        _depth = 0;
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
            _ => new CapturedJson(utf8.ToArray(), _held?.ToArray()),
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

        if (ReferenceEquals(_limit, Placeholders.TimeLimit))
        {
            Refuse();
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
            CheckTime();
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
        if (BoundedMedia.Remove(text, MaxStringLength, _mediaName, ref missing) is { } withoutMedia)
        {
            text = withoutMedia;
        }

        if (text.Length > MaxStringLength)
        {
            var beginning = JsonText.WholeCharacters(text, MaxStringLength);
            missing += text.Length - beginning;
            text = text[..beginning];
        }

        if (Redact(text, isCut: missing > 0) is { } redacted)
        {
            text = redacted;
        }

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
            if (kept < JsonText.WholeCharacters(text, Math.Min(text.Length, MaxStringLength)))
            {
                _limit ??= Placeholders.SizeLimit;
            }

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
    /// <param name="value">The object, which is written once. Null if it has no identity.</param>
    /// <param name="isObject">True for an object, false for an array.</param>
    public bool TryOpen(object? value, bool isObject)
    {
        if (value is not null && _written.TryGetValue(value, out var first))
        {
            if (++_repetitions > MaxRepetitions)
            {
                _limit ??= Placeholders.SizeLimit;
            }

            WritePlaceholder(IsOnPath(value) ? Placeholders.Cycle : Placeholders.Repeated(PathOf(first)));
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

        if (value is not null)
        {
            _written.Add(value, _places.Count);
        }

        _path[_depth] = new Level { Value = value, IsObject = isObject, Place = _places.Count };
        _places.Add(_depth == 0 ? new Place(-1, null, 0) : _path[_depth - 1].Next());
        _depth++;
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
        ref var level = ref _path[--_depth];
        var isObject = level.IsObject;
        if (level is { Count: 0, Value: { } value })
        {
            // One empty array is often in many places.
            _written.Remove(value);
        }

        level = default;
        if (isObject)
        {
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteEndArray();
        }
    }

    /// <summary>Call before each item and property. Returns false if there is no room or time, after writing a placeholder that says so.</summary>
    public bool CanContinue()
    {
        if (--_valuesToTimeCheck <= 0)
        {
            CheckTime();
        }

        if (!IsFull)
        {
            _path[_depth - 1].Count++;
            return true;
        }

        if (_limitedDepth != _depth)
        {
            WriteLimitAtEnd();
        }

        return false;
    }

    /// <summary>Call after code of the application that may be slow. If the time has ended, only placeholders are written from here on.</summary>
    public void CheckTime()
    {
        _valuesToTimeCheck = ValuesPerTimeCheck;
        if (IsOverdue)
        {
            _limit ??= Placeholders.TimeLimit;
        }
    }

    /// <summary>Whether there is time to read one more part of a value.</summary>
    /// <param name="runsCode">Whether reading it runs code of the application.</param>
    public bool CanRead(bool runsCode)
    {
        if (--_valuesToTimeCheck <= 0 || runsCode)
        {
            CheckTime();
        }

        return !IsFull;
    }

    /// <summary>Whether this many bytes may be hashed, which reduces how many the capture may hash after them.</summary>
    public bool TryHash(int bytes)
    {
        if (bytes > _bytesToHash)
        {
            return false;
        }

        _bytesToHash -= bytes;
        return true;
    }

    /// <summary>Lets the captured value hold an attachment that is to be uploaded.</summary>
    public void Hold(HeldAttachment attachment) => (_held ??= []).Add(attachment);

    /// <summary>Runs work on attachments that takes none of the time of the capture.</summary>
    public TResult OutsideTime<TState, TResult>(TState state, Func<AttachmentStore, TState, TResult> work)
    {
        var began = _clock?.GetTimestamp() ?? 0;
        var result = work(_converters.Attachments, state);
        _start += (_clock?.GetTimestamp() ?? 0) - began;
        return result;
    }

    /// <summary>Whether a getter or converter has thrown so often in this capture that it does not run again.</summary>
    /// <param name="member">Identifies the getter or converter.</param>
    /// <param name="placeholder">The placeholder of its last exception.</param>
    public bool HasFailed(object member, [NotNullWhen(true)] out string? placeholder)
    {
        if (_failures is not null && _failures.TryGetValue(member, out var failure) && failure.Count >= MaxFailuresPerMember)
        {
            placeholder = failure.Placeholder;
            return true;
        }

        placeholder = null;
        return false;
    }

    /// <summary>Counts an exception of a getter or converter. Returns its placeholder.</summary>
    public string AddFailure(object member, Exception exception)
    {
        CheckTime();
        var placeholder = Placeholders.Threw(exception);
        _failures ??= new(ReferenceEqualityComparer.Instance);
        var count = _failures.TryGetValue(member, out var failure) ? failure.Count : 0;
        _failures[member] = (count + 1, placeholder);
        return placeholder;
    }

    /// <summary>Writes a property name. Returns false if there is no room.</summary>
    public bool TryWriteName(string name)
    {
        if (!CanContinue())
        {
            return false;
        }

        // Only the part that can be written is searched for secrets.
        var beginning = JsonText.WholeCharacters(name, Math.Min(name.Length, MaxStringLength));
        var missing = name.Length - beginning;
        if (missing > 0)
        {
            name = name[..beginning];
        }

        name = _converters.Redactor.Redact(name, isCut: missing > 0) ?? name;
        var kept = JsonText.Keep(name, MaxStringLength, Room - RoomForPlaceholder, missing > 0);
        if (kept < JsonText.WholeCharacters(name, Math.Min(name.Length, MaxStringLength)))
        {
            WriteLimitAtEnd();
            return false;
        }

        if (kept == name.Length && missing == 0)
        {
            _json.WritePropertyName(name);
        }
        else
        {
            _json.WritePropertyName(JsonText.Cut(name, kept, missing));
        }

        _path[_depth - 1].Name = name;
        _mediaName = MediaText.IsMediaName(name) ? name : null;
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
            WriteLimitAtEnd();
            return false;
        }

        _json.WritePropertyName(name);
        _path[_depth - 1].Name = name.Value;
        _mediaName = MediaText.IsMediaName(name.Value) ? name.Value : null;
        return true;
    }

    /// <summary>Writes a property, and redacts it by its name. Returns false if there is no room.</summary>
    public bool WriteProperty(string name, object? value, CustomConverter? converter = null)
    {
        if (!TryWriteName(name))
        {
            return false;
        }

        // Whether there is a secret is no secret.
        if (value is not bool && IsRedacted(name))
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

    /// <summary>The converters of the capture, whose limits and redaction its JSON obeys.</summary>
    public SnapshotConverterCache Converters => _converters;

    /// <summary>The number of bytes written so far.</summary>
    public long Position => _json.BytesCommitted + _json.BytesPending;

    /// <summary>
    /// The value that was written after a position, which was that of the value before it. Null if a limit was reached, or the JSON depends on
    /// where it is.
    /// </summary>
    public byte[]? WrittenSince(long position)
    {
        if (IsFull || _converters.Redactor.NeedsPath)
        {
            return null;
        }

        _json.Flush();
        var json = _buffer!.Written.Span[(int)position..];
        return json is [(byte)',', ..] ? json[1..].ToArray() : json.ToArray();
    }

    /// <summary>Copies a value that was written earlier. Returns false and writes nothing if there is no room.</summary>
    public bool TryWriteJson(byte[] json)
    {
        if (json.Length > Room)
        {
            return false;
        }

        _json.WriteRawValue(json, skipInputValidation: true);
        return true;
    }

    public RedactedNames Names => _converters.Names;

    public bool IsRedacted(string name) => _converters.Names.Contains(name.Length <= MaxSearchedName ? name : name[..MaxSearchedName]);

    private string? Redact(ReadOnlySpan<char> text, bool isCut)
    {
        var redactor = _converters.Redactor;
        return redactor.NeedsPath ? redactor.Redact(text, NearestName(), Path(), isCut) : redactor.Redact(text, isCut);
    }

    private string NearestName()
    {
        for (var level = _depth - 1; level >= 0; level--)
        {
            if (_path[level].Name is { } name)
            {
                return name;
            }
        }

        return _name;
    }

    private string Path()
    {
        var path = new StringBuilder(_name);
        for (var level = 0; level < _depth; level++)
        {
            if (_path[level].IsObject)
            {
                path.Append('.').Append(_path[level].Name);
            }
            else
            {
                path.Append("[]");
            }
        }

        return path.ToString();
    }

    private void WriteConverted(object value, CustomConverter? converter)
    {
        if (converter is not null)
        {
            converter.Write(this, value);
        }
        else if (_converters.NeedsConverter(value))
        {
            ConverterOf(value.GetType()).Write(this, value);
        }
        else
        {
            WritePlain(value);
        }
    }

    // A converter is created once for a type. That takes milliseconds, which are not the value's.
    private SnapshotConverter ConverterOf(Type type)
    {
        if (_clock is null || _converters.TryGet(type, out var converter))
        {
            return _converters.Get(type);
        }

        var start = _clock.GetTimestamp();
        converter = _converters.Get(type);
        _start += _clock.GetTimestamp() - start;
        return converter;
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
        _limit ??= Placeholders.SizeLimit;
        _limitedDepth = _depth;
        _json.WriteStringValue(_limit);
    }

    private void WriteLimitAtEnd()
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

    // $.Orders[0].Customer
    private string PathOf(int place)
    {
        var (outer, name, index) = _places[place];
        return outer < 0 ? "$"
            : name is null ? string.Create(CultureInfo.InvariantCulture, $"{PathOf(outer)}[{index}]")
            : $"{PathOf(outer)}.{(IsIdentifier(name) ? name : "…")}";
    }

    // A key can be any text.
    private static bool IsIdentifier(string name) =>
        name.Length <= MaxNameLengthInPath && name.All(static character => char.IsLetterOrDigit(character) || character == '_');

    /// <summary>Where an array or object stands.</summary>
    /// <param name="Outer">The place of the array or object that contains it. Negative for the captured value itself.</param>
    /// <param name="Name">The name of the property. Null for an item.</param>
    /// <param name="Index">The index of the item.</param>
    private readonly record struct Place(int Outer, string? Name, int Index);

    /// <summary>An open array or object.</summary>
    private struct Level
    {
        public object? Value;
        public bool IsObject;
        public int Place;

        // The number of items or properties so far, and the name of the last property.
        public int Count;
        public string? Name;

        public readonly Place Next() => new(Place, IsObject ? Name : null, Count - 1);
    }
}
