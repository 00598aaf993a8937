using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Takes snapshots of values. A captured value is null, a <see cref="string"/> or <see cref="CapturedText"/> (cut if it is too long), an
/// immutable scalar (bool, numbers, enums, <see cref="Guid"/>, dates and times, <see cref="Uri"/>), or <see cref="CapturedJson"/>. Never throws. Thread-safe.
/// </summary>
/// <remarks>
/// The runtime type decides, unless the application has a converter for the declared type.
/// <list type="table">
/// <item><term>string</term><description>unchanged; if cut, it ends in <c>… [+12 characters]</c></description></item>
/// <item><term>scalars, <see cref="Nullable{T}"/></term><description>unchanged; see <see cref="CapturedValueWriter"/> for their JSON. A
/// <see cref="System.Numerics.BigInteger"/> of more than 256 bytes becomes <c>[BigInteger]</c></description></item>
/// <item><term>classes, structs, records, anonymous types</term><description>an object with the properties of the type's System.Text.Json
/// contract: no indexers, fields only with <c>IncludeFields</c> or <c>[JsonInclude]</c></description></item>
/// <item><term>types with a converter of the application</term><description>what the converter writes, within the limits and redacted by
/// name. More than <see cref="CaptureOptions.MaxBytes"/> becomes <c>[size limit]</c></description></item>
/// <item><term>tuples</term><description>an array</description></item>
/// <item><term>collections, <see cref="Memory{T}"/></term><description>an array, whose last item may be <c>[+12 items]</c>. An
/// <see cref="System.Collections.Immutable.ImmutableArray{T}"/> that is not initialized becomes null</description></item>
/// <item><term>multidimensional arrays</term><description>nested arrays</description></item>
/// <item><term>dictionaries, <see cref="System.Collections.Specialized.NameValueCollection"/></term><description>an object if all keys are
/// strings or scalars, else an array of <c>{"Key", "Value"}</c>. The last entry may be <c>"…": "[+12 entries]"</c></description></item>
/// <item><term>a collection that throws or changes while it is read</term><description>the items read so far, then <c>[threw ...]</c></description></item>
/// <item><term>lazy sequences: iterators, System.Linq operators, queries, <see cref="IAsyncEnumerable{T}"/>, enumerables that are not
/// collections</term><description><c>[lazy IEnumerable&lt;int&gt;]</c>; not enumerated</description></item>
/// <item><term>bytes: <c>byte[]</c>, <see cref="Memory{T}"/>, <see cref="ArraySegment{T}"/></term><description><c>{"bytes": 5, "sha256": "..."}</c></description></item>
/// <item><term><c>char[]</c>, memory of char, <see cref="System.Text.StringBuilder"/></term><description>a string</description></item>
/// <item><term><see cref="System.Text.Json.JsonElement"/>, JsonDocument, JsonNode</term><description>the JSON, within the limits and redacted
/// by name. A disposed document becomes <c>[threw ObjectDisposedException]</c></description></item>
/// <item><term>exceptions</term><description><c>{"type", "message", "inner"}</c>; <c>inner</c> is an array for an <see cref="AggregateException"/>.
/// No stack trace, no data</description></item>
/// <item><term><see cref="Type"/>, members, assemblies</term><description>their names</description></item>
/// <item><term><see cref="System.Net.Http.HttpContent"/></term><description><c>{"type", "contentType", "length"}</c>; not read</description></item>
/// <item><term>HTTP requests, responses, headers</term><description><c>{"method", "uri", "headers", "content"}</c>,
/// <c>{"status", "reason", "headers", "content"}</c>, an object</description></item>
/// <item><term><see cref="Lazy{T}"/></term><description>its value if it has been created, else <c>[Lazy&lt;int&gt;]</c></description></item>
/// <item><term>tasks, streams, readers, delegates, expressions, timers, threads, handles, data tables, data readers and connections, HTTP
/// clients, web requests and their contexts, database contexts, pipes, processes, service providers, proxied services, pointers, ref
/// structs</term><description>the name of the type, <c>[FileStream]</c>; not read</description></item>
/// <item><term><see cref="CancellationToken"/>, <see cref="IProgress{T}"/></term><description>omitted as a property, elsewhere <c>[CancellationToken]</c></description></item>
/// <item><term>secrets in texts, by their form or by the name before them</term><description><c>[redacted]</c> in their place</description></item>
/// <item><term>values with a redacted name or <see cref="NoCaptureAttribute"/></term><description><c>[redacted]</c>; not read</description></item>
/// <item><term>a getter or converter that throws</term><description><c>[threw InvalidOperationException]</c>, without the message</description></item>
/// <item><term>an object inside itself</term><description><c>[cycle]</c></description></item>
/// <item><term>objects and arrays below <see cref="CaptureOptions.MaxDepth"/>, or where the stack ends</term><description><c>[depth limit]</c></description></item>
/// <item><term>values without room under <see cref="CaptureOptions.MaxBytes"/></term><description><c>[size limit]</c> in their place, or as
/// the last item or entry of each incomplete array or object</description></item>
/// </list>
/// </remarks>
internal sealed class ValueCapture
{
    public const string Redacted = "[redacted]";

    /// <summary>The name of the output of a step.</summary>
    public const string OutputName = "Output";

    // A longer text is redacted when it is used. For a shorter one, that would cost more than redacting it.
    private const int LongText = 128;

    // The list of messages, and a message.
    private const int DepthOfMessage = 2;

    // Shorter than any key: see KeyCandidates.
    private const int PlainLength = 14;

    // None of them, and no two hyphens without a space, stand between a name and its value.
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._");

    private readonly CaptureSettings _settings;
    private readonly int _plainLength;
    private readonly ITraceSuppressor? _suppressor;
    private readonly TimeProvider _clock;
    private readonly SnapshotConverterCache _converters;
    private readonly TextRedactor _redactor;
    private readonly Func<object, byte[]> _write;
    private readonly Func<string, string> _redactOutput;

    /// <param name="settings">The limits, the redacted names and the JSON settings.</param>
    /// <param name="suppressor">Suppresses tracing while a capture runs code of the application. Null: nothing is suppressed.</param>
    /// <param name="clock">The clock of <see cref="CaptureOptions.MaxTime"/>. Null: the system's.</param>
    /// <param name="log">Reports exceptions of <see cref="CaptureOptions.Redact"/>. Null: they are not reported.</param>
    public ValueCapture(CaptureSettings settings, ITraceSuppressor? suppressor, TimeProvider? clock = null, InternalLog? log = null)
    {
        var names = new RedactedNames(settings.RedactedNames);
        _settings = settings;
        _suppressor = suppressor;
        _clock = clock ?? TimeProvider.System;
        _redactor = new TextRedactor(settings, names, suppressor, log);

        // The application's patterns and function see every text.
        _plainLength = settings.Redact is null && settings.RedactedPatterns.Length == 0 ? Math.Min(PlainLength, settings.MaxStringLength) : -1;
        Attachments = new AttachmentStore(settings.Attachments, log);
        _converters = new SnapshotConverterCache(settings, names, _redactor, Attachments);
        _write = value => Write(value, OutputName);
        _redactOutput = text => Redact(text, missing: 0, OutputName);
    }

    /// <summary>Records attachments, and keeps the bytes that will be uploaded.</summary>
    public AttachmentStore Attachments { get; }

    /// <summary>A snapshot of an output.</summary>
    public object? Capture(object? value) => CaptureNamed(OutputName, value);

    /// <summary>A snapshot of a value. Its name is not checked.</summary>
    /// <param name="name">The name that <see cref="CaptureOptions.Redact"/> receives.</param>
    /// <param name="value">The value.</param>
    /// <param name="tuples">The redacted elements of the tuples in its declared type. Null if there are none.</param>
    public object? CaptureNamed(string name, object? value, TupleNames? tuples = null) => value switch
    {
        null or CapturedJson or CapturedText => value,
        string text => CaptureText(text, missing: 0, name),

        // The most frequent scalars need no lookup.
        int or bool or double or long => value,
        Uri address when ImmutableScalar.Is(address) => CaptureAddress(address, name),
        _ when ImmutableScalar.Is(value) => value,
        _ => Snapshot(value, name, tuples),
    };

    /// <summary>A snapshot of a named value. It is redacted if its name is one of <see cref="CaptureOptions.RedactedNames"/>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <param name="tuples">The redacted elements of the tuples in its declared type. Null if there are none.</param>
    public object? Capture(string name, object? value, TupleNames? tuples = null) =>
        value is not bool && IsRedacted(name) ? Redacted : CaptureNamed(name, value, tuples);

    /// <summary>Whether inputs are recorded.</summary>
    public bool HasInputs => _settings.Inputs;

    /// <summary>Whether outputs are recorded.</summary>
    public bool HasOutputs => _settings.Outputs;

    /// <summary>Whether values with this name are redacted.</summary>
    public bool IsRedacted(string name) => _converters.Names.Contains(name);

    /// <summary>
    /// A name or id that the application gave, without secrets of a known form. <see cref="CaptureOptions.Redact"/> does not receive it.
    /// </summary>
    [return: NotNullIfNotNull(nameof(name))]
    public string? CaptureName(string? name)
    {
        if (name is null || IsPlain(name))
        {
            return name;
        }

        var text = MediaText.Replace(name) ?? name;
        return _redactor.Redact(text) ?? text;
    }

    /// <summary>A snapshot of a property of a step that is always a text.</summary>
    /// <param name="name">The name that <see cref="CaptureOptions.Redact"/> receives.</param>
    /// <param name="text">The text.</param>
    [return: NotNullIfNotNull(nameof(text))]
    public string? CaptureProperty(string name, string? text) => text is null || IsPlain(text) ? text : Redact(text, missing: 0, name);

    /// <summary>
    /// The messages of a captured prompt, if each consists of texts and its JSON has them as <see cref="CaptureProperty"/> returns them. Null
    /// otherwise.
    /// </summary>
    public List<object?>? TextMessages(CapturedJson prompt) =>
        prompt.Source is List<object?> messages
        && prompt.EstimatedBytes * JsonText.MaxBytesPerCharacter < _settings.MaxBytes
        && _settings.MaxDepth >= DepthOfMessage
        && !_redactor.NeedsPath
        && !IsRedacted("role")
        && !IsRedacted("content")
        && !IsRedacted("tool_call_id")
        && messages.TrueForAll(static message => message is RecordedMessage { IsText: true })
            ? messages
            : null;

    /// <summary>The captured items of a stream. Secrets that are split over several items are masked when the items are used.</summary>
    /// <param name="items">A JSON array.</param>
    public CapturedJson CaptureItems(byte[] items) => new(items, items.Length, value => SplitSecrets.Redact((byte[])value, _redactor));

    /// <summary>Whether the last words of a name are those of a secret, as in <c>GetPassword</c>.</summary>
    public bool IsNameOfSecret(string name) => _converters.Names.EndsWith(name);

    /// <summary>Whether parameters and properties of this type are omitted.</summary>
    internal static bool IsOmitted(Type type)
    {
        var bare = type.IsByRef ? type.GetElementType()! : type;
        return (Nullable.GetUnderlyingType(bare) ?? bare) == typeof(CancellationToken) || bare.ConstructedFrom(typeof(IProgress<>)) is not null;
    }

    /// <summary>A snapshot of a text, redacted and cut to the limits.</summary>
    /// <param name="text">The text, or its start.</param>
    /// <param name="missing">The number of characters after it that are already omitted.</param>
    /// <param name="name">The name that <see cref="CaptureOptions.Redact"/> receives.</param>
    internal object CaptureText(string text, long missing, string name)
    {
        if (text.Length <= LongText)
        {
            return missing == 0 && IsPlain(text) ? text : Redact(text, missing, name);
        }

        if (text.Length > _settings.MaxStringLength)
        {
            // Before the text is cut, so that the placeholder of media says how large it is.
            text = BoundedMedia.Remove(text, _settings.MaxStringLength, name: null, ref missing) ?? text;
        }

        var kept = JsonText.WholeCharacters(text, Math.Min(text.Length, _settings.MaxStringLength));
        missing += text.Length - kept;
        var beginning = kept == text.Length ? text : text[..kept];
        return new CapturedText(beginning, missing > 0 || _redactor.NeedsPath ? RedactLater(missing, name) : _redactOutput);
    }

    // A short word, number or id has no room for a secret of a known form, nor for a name before a value.
    private bool IsPlain(string text) =>
        text.Length <= _plainLength && !text.AsSpan().ContainsAnyExcept(PlainCharacters);

    private Func<string, string> RedactLater(long missing, string name) => text => Redact(text, missing, name);

    private string Redact(string text, long missing, string name)
    {
        text = MediaText.Replace(text) ?? text;
        return Cut(_redactor.Redact(text, name, name, isCut: missing > 0) ?? text, missing);
    }

    private string Cut(string text, long missing)
    {
        var kept = JsonText.Keep(text, _settings.MaxStringLength, _settings.MaxBytes - 2, missing > 0);
        return kept == text.Length && missing == 0 ? text : JsonText.Cut(text, Math.Max(kept, 0), missing);
    }

    private object CaptureAddress(Uri address, string name)
    {
        var text = ImmutableScalar.Address(address);
        var recorded = Redact(text, missing: 0, name);
        return ReferenceEquals(recorded, address.OriginalString) && ImmutableScalar.MaxLength(address) <= _settings.MaxBytes ? address : recorded;
    }

    private object? Snapshot(object value, string name, TupleNames? tuples)
    {
        try
        {
            if (_converters.Freeze(value, out var bytes) is { } frozen)
            {
                return new CapturedJson(frozen, bytes, _redactor.NeedsPath ? WriteLater(name) : _write);
            }

            using var writer = SnapshotWriter.Begin(_settings, _converters, name, _clock);
            writer.Tuples = tuples;
            using (_suppressor is null ? default : _suppressor.Suppress())
            {
                writer.Write(value);
            }

            return writer.ToCaptured();
        }
        catch (Exception exception)
        {
            return Placeholders.Threw(exception);
        }
    }

    private Func<object, byte[]> WriteLater(string name) => immutable => Write(immutable, name);

    // Only for immutable values, so no code of the application runs.
    private byte[] Write(object value, string name)
    {
        using var writer = SnapshotWriter.Begin(_settings, _converters, name, clock: null);
        writer.Write(value);
        return writer.ToUtf8();
    }
}
