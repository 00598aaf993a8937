using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Takes snapshots. A captured value is one of: null, a <see cref="string"/> (cut if too long), an immutable scalar as it is
/// (bool, numbers, enums, <see cref="Guid"/>, dates and times, <see cref="Uri"/>), or <see cref="CapturedJson"/>.
/// Never throws. Thread-safe.
/// </summary>
/// <remarks>
/// What becomes of each kind of value. The runtime type counts, except where the user has a converter for the declared one.
/// <list type="table">
/// <item><term>string</term><description>itself; cut, it ends in <c>… [+12 characters]</c></description></item>
/// <item><term>scalars, <see cref="Nullable{T}"/></term><description>the value; see <see cref="CapturedValueWriter"/> for its JSON. A
/// <see cref="System.Numerics.BigInteger"/> of more than 256 bytes: <c>[BigInteger]</c></description></item>
/// <item><term>classes, structs, records, anonymous types</term><description>an object, by the type's System.Text.Json contract: no indexers,
/// fields only with <c>IncludeFields</c> or <c>[JsonInclude]</c></description></item>
/// <item><term>a type with a converter of the user's</term><description>what the converter writes, within the limits and redacted by name;
/// more than <see cref="CaptureOptions.MaxBytes"/>: <c>[size limit]</c>. A scalar that is not inside of another value stays itself</description></item>
/// <item><term>tuples</term><description>an array</description></item>
/// <item><term>collections, <see cref="Memory{T}"/></term><description>an array; its last item may be <c>[+12 items]</c>. An
/// <see cref="System.Collections.Immutable.ImmutableArray{T}"/> that was not set: null</description></item>
/// <item><term>arrays of more dimensions</term><description>arrays in arrays</description></item>
/// <item><term>dictionaries, <see cref="System.Collections.Specialized.NameValueCollection"/></term><description>an object where all keys are
/// strings or scalars, else an array of <c>{"Key", "Value"}</c>; the last entry may be <c>"…": "[+12 entries]"</c></description></item>
/// <item><term>a collection that throws or is changed meanwhile</term><description>what was read, then <c>[threw ...]</c></description></item>
/// <item><term>lazy sequences: iterators, all that System.Linq makes, queries, <see cref="IAsyncEnumerable{T}"/>, enumerables that are no
/// collections</term><description><c>[lazy IEnumerable&lt;int&gt;]</c>; not enumerated</description></item>
/// <item><term>bytes: <c>byte[]</c>, <see cref="Memory{T}"/>, <see cref="ArraySegment{T}"/></term><description><c>{"bytes": 5, "sha256": "..."}</c></description></item>
/// <item><term><c>char[]</c>, memory of char, <see cref="System.Text.StringBuilder"/></term><description>a string</description></item>
/// <item><term><see cref="System.Text.Json.JsonElement"/>, JsonDocument, JsonNode</term><description>the JSON, within the limits and redacted
/// by name. A disposed document: <c>[threw ObjectDisposedException]</c></description></item>
/// <item><term>exceptions</term><description><c>{"type", "message", "inner"}</c>, <c>inner</c> an array for an <see cref="AggregateException"/>;
/// neither stack trace nor data</description></item>
/// <item><term><see cref="Type"/>, members, assemblies</term><description>their names</description></item>
/// <item><term><see cref="System.Net.Http.HttpContent"/></term><description><c>{"type", "contentType", "length"}</c>; not read</description></item>
/// <item><term>HTTP requests, responses, headers</term><description><c>{"method", "uri", "headers", "content"}</c>,
/// <c>{"status", "reason", "headers", "content"}</c>, an object</description></item>
/// <item><term><see cref="Lazy{T}"/></term><description>the value if it has been made, else <c>[Lazy&lt;int&gt;]</c></description></item>
/// <item><term>tasks, streams, readers, delegates, expressions, timers, threads, handles, data tables, data readers and connections, HTTP
/// clients, web requests and their contexts, database contexts, pipes, processes, service providers, proxied services, pointers, ref
/// structs</term><description>the type's name, <c>[FileStream]</c>; not read</description></item>
/// <item><term><see cref="CancellationToken"/>, <see cref="IProgress{T}"/></term><description>as a property: left out; elsewhere <c>[CancellationToken]</c></description></item>
/// <item><term>a value under a redacted name or <see cref="NoCaptureAttribute"/></term><description><c>[redacted]</c>; not read</description></item>
/// <item><term>a getter or converter that throws</term><description><c>[threw InvalidOperationException]</c>, without the message</description></item>
/// <item><term>an object inside itself</term><description><c>[cycle]</c></description></item>
/// <item><term>an object or array below <see cref="CaptureOptions.MaxDepth"/>, or where the stack ends</term><description><c>[depth limit]</c></description></item>
/// <item><term>what <see cref="CaptureOptions.MaxBytes"/> leaves no room for</term><description><c>[size limit]</c> in its place, or as the
/// last item or entry of each array or object that is not complete</description></item>
/// </list>
/// </remarks>
internal sealed class ValueCapture
{
    public const string Redacted = "[redacted]";

    private readonly CaptureSettings _settings;
    private readonly ITraceSuppressor? _suppressor;
    private readonly ShapeCatalog _shapes;
    private readonly Func<object, byte[]> _write;

    /// <param name="settings">The limits. Its names and its JSON settings are read here, once.</param>
    /// <param name="suppressor">Put around every capture that may run code of the user, so not around what cannot change.</param>
    public ValueCapture(CaptureSettings settings, ITraceSuppressor? suppressor)
    {
        _settings = settings;
        _suppressor = suppressor;
        _shapes = new ShapeCatalog(settings, new RedactedNames(settings.RedactedNames));
        _write = Write;
    }

    /// <summary>A snapshot of <paramref name="value"/> as it is now.</summary>
    public object? Capture(object? value) => value switch
    {
        null or CapturedJson => value,
        string text => Cut(text),

        // The most frequent scalars, without a look-up.
        int or bool or double or long => value,
        Uri address when ImmutableScalar.Is(address) => Cut(address),
        _ when ImmutableScalar.Is(value) => value,
        _ => Snapshot(value),
    };

    /// <summary>The same for a value that has a name: redacted where the name is one of <see cref="CaptureOptions.RedactedNames"/>.</summary>
    public object? Capture(string name, object? value) => IsRedacted(name) ? Redacted : Capture(value);

    /// <summary>Whether values of this name are redacted.</summary>
    public bool IsRedacted(string name) => _shapes.Names.Contains(name);

    /// <summary>Whether parameters and properties of this type are not recorded at all.</summary>
    internal static bool IsLeftOut(Type type)
    {
        var bare = type.IsByRef ? type.GetElementType()! : type;
        return (Nullable.GetUnderlyingType(bare) ?? bare) == typeof(CancellationToken) || bare.ConstructedFrom(typeof(IProgress<>)) is not null;
    }

    /// <summary>A text within the limits.</summary>
    /// <param name="text">The text, or its start.</param>
    /// <param name="missing">How many characters after it have been left out already.</param>
    internal string Cut(string text, long missing = 0)
    {
        var kept = JsonText.Keep(text, _settings.MaxStringLength, _settings.MaxBytes - 2, missing > 0);
        return kept == text.Length && missing == 0 ? text : JsonText.Cut(text, Math.Max(kept, 0), missing);
    }

    private object Cut(Uri address) =>
        address.OriginalString.Length <= _settings.MaxStringLength && ImmutableScalar.MaxLength(address) <= _settings.MaxBytes
            ? address
            : Cut(ImmutableScalar.Address(address));

    private object? Snapshot(object value)
    {
        try
        {
            if (_shapes.Freeze(value, out var bytes) is { } frozen)
            {
                return new CapturedJson(frozen, bytes, _write);
            }

            using var writer = SnapshotWriter.Begin(_settings, _shapes);
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

    // Of what cannot change: nothing of the user's runs.
    private byte[] Write(object value)
    {
        using var writer = SnapshotWriter.Begin(_settings, _shapes);
        writer.Write(value);
        return writer.ToUtf8();
    }
}
