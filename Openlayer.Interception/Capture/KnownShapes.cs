using System.Collections;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Globalization;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>The types that are not written as objects with their properties, and how each is written.</summary>
internal static class KnownShapes
{
    // The first that fits counts.
    private static readonly (Type Type, Action<SnapshotWriter, object> Write)[] Known =
    [
        (typeof(string), static (writer, value) => writer.WriteText((string)value)),
        (typeof(DBNull), static (writer, _) => writer.WriteNull()),
        (typeof(Uri), static (writer, value) => writer.WriteText(ImmutableScalar.Address((Uri)value))),
        (typeof(byte[]), static (writer, value) => WriteBytes(writer, (byte[])value)),
        (typeof(Memory<byte>), static (writer, value) => WriteBytes(writer, ((Memory<byte>)value).Span)),
        (typeof(ReadOnlyMemory<byte>), static (writer, value) => WriteBytes(writer, ((ReadOnlyMemory<byte>)value).Span)),
        (typeof(ArraySegment<byte>), static (writer, value) => WriteBytes(writer, (ArraySegment<byte>)value)),
        (typeof(ImmutableArray<byte>), static (writer, value) => WriteBytes(writer, (ImmutableArray<byte>)value)),
        (typeof(char[]), static (writer, value) => WriteCharacters(writer, (char[])value)),
        (typeof(Memory<char>), static (writer, value) => WriteCharacters(writer, ((Memory<char>)value).Span)),
        (typeof(ReadOnlyMemory<char>), static (writer, value) => WriteCharacters(writer, ((ReadOnlyMemory<char>)value).Span)),
        (typeof(ArraySegment<char>), static (writer, value) => WriteCharacters(writer, (ArraySegment<char>)value)),
        (typeof(StringBuilder), static (writer, value) => WriteCharacters(writer, (StringBuilder)value)),
        (typeof(Exception), static (writer, value) => Write(writer, (Exception)value)),
        (typeof(Type), static (writer, value) => writer.WriteText(value.ToString())),
        (typeof(MemberInfo), static (writer, value) => writer.WriteText($"{((MemberInfo)value).DeclaringType}.{((MemberInfo)value).Name}")),
        (typeof(ParameterInfo), static (writer, value) => writer.WriteText(((ParameterInfo)value).Name)),
        (typeof(Assembly), static (writer, value) => writer.WriteText(((Assembly)value).GetName().Name)),
        (typeof(Module), static (writer, value) => writer.WriteText(((Module)value).Name)),
        (typeof(HttpContent), static (writer, value) => Write(writer, (HttpContent)value)),
        (typeof(HttpRequestMessage), static (writer, value) => Write(writer, (HttpRequestMessage)value)),
        (typeof(HttpResponseMessage), static (writer, value) => Write(writer, (HttpResponseMessage)value)),
        (typeof(HttpHeaders), static (writer, value) => Write(writer, (HttpHeaders)value)),
    ];

    /// <param name="type">The type.</param>
    /// <param name="converterOf">The user's converter for a type, if there is one.</param>
    public static ValueShape? Find(Type type, Func<Type, ConvertedShape?> converterOf)
    {
        if (ImmutableScalar.IsType(type))
        {
            return type == typeof(Uri) ? null : new DelegateShape(static (writer, value) => writer.WriteScalar(value), isImmutable: true);
        }

        if (type == typeof(JsonElement) || type == typeof(JsonDocument) || type.IsAssignableTo(typeof(JsonNode)))
        {
            return new JsonShape();
        }

        if (Array.Find(Known, known => type.IsAssignableTo(known.Type)).Write is { } write)
        {
            return new DelegateShape(write);
        }

        if (type.IsGenericType && Generic(type, type.GetGenericTypeDefinition(), converterOf) is { } generic)
        {
            return generic;
        }

        return type.IsAssignableTo(typeof(ITuple)) && type.Namespace == nameof(System)
            ? new DelegateShape(static (writer, value) => Write(writer, (ITuple)value))
            : Collection(type, converterOf);
    }

    private static ValueShape? Generic(Type type, Type definition, Func<Type, ConvertedShape?> converterOf)
    {
        var arguments = type.GetGenericArguments();
        if (definition == typeof(KeyValuePair<,>))
        {
            return new DictionaryShape(Entries(nameof(DictionaryShape.Pair), arguments), converterOf(arguments[1])) { IsPair = true };
        }

        if (definition == typeof(Memory<>) || definition == typeof(ReadOnlyMemory<>))
        {
            return (ValueShape)Activator.CreateInstance(typeof(MemoryShape<>).MakeGenericType(arguments))!;
        }

        if (definition == typeof(Lazy<>))
        {
            var isCreated = type.GetProperty(nameof(Lazy<object>.IsValueCreated))!;
            var value = type.GetProperty(nameof(Lazy<object>.Value))!;
            return new DelegateShape((writer, lazy) =>
            {
                if (isCreated.GetValue(lazy) is true)
                {
                    writer.Write(value.GetValue(lazy));
                }
                else
                {
                    writer.WriteMark(Placeholders.Unread(type));
                }
            });
        }

        if (definition == typeof(ImmutableArray<>))
        {
            var unset = Activator.CreateInstance(type)!;
            var items = Sequence(type, converterOf);
            return new DelegateShape((writer, array) =>
            {
                if (array.Equals(unset))
                {
                    writer.WriteNull();
                }
                else
                {
                    items.Write(writer, array);
                }
            });
        }

        return null;
    }

    private static ValueShape? Collection(Type type, Func<Type, ConvertedShape?> converterOf)
    {
        if (!type.IsAssignableTo(typeof(IEnumerable)))
        {
            return null;
        }

        if (type.IsArray && type.GetArrayRank() > 1)
        {
            return new MatrixShape();
        }

        var dictionary = type.ConstructedFrom(typeof(IDictionary<,>)) ?? type.ConstructedFrom(typeof(IReadOnlyDictionary<,>));
        if (dictionary is not null)
        {
            var arguments = dictionary.GetGenericArguments();
            return new DictionaryShape(Entries(nameof(DictionaryShape.Generic), arguments), converterOf(arguments[1]));
        }

        if (type.IsAssignableTo(typeof(IDictionary)))
        {
            return new DictionaryShape(DictionaryShape.Untyped, converter: null);
        }

        if (type.IsAssignableTo(typeof(NameValueCollection)))
        {
            return new DictionaryShape(DictionaryShape.Named, converter: null);
        }

        return UnreadTypes.IsCollection(type) ? Sequence(type, converterOf) : new MarkShape(UnreadTypes.LazyMark(type));
    }

    private static SequenceShape Sequence(Type type, Func<Type, ConvertedShape?> converterOf)
    {
        var item = type.ConstructedFrom(typeof(IEnumerable<>))?.GetGenericArguments()[0];
        var converter = item is null ? null : converterOf(item);
        return item is null || type.IsAssignableTo(typeof(ICollection))
            ? new SequenceShape(static value => ((ICollection)value).Count, converter, item is null ? null : SequenceShape.FreezerOf(type, item))
            : new SequenceShape(
                (Func<object, int>)typeof(SequenceShape).GetMethod(nameof(SequenceShape.Counter))!.MakeGenericMethod(item).Invoke(null, null)!,
                converter,
                SequenceShape.FreezerOf(type, item));
    }

    private static DictionaryShape.EntryReader Entries(string method, Type[] arguments) =>
        (DictionaryShape.EntryReader)typeof(DictionaryShape).GetMethod(method)!.MakeGenericMethod(arguments).Invoke(null, null)!;

    private static void WriteBytes(SnapshotWriter writer, ImmutableArray<byte> bytes)
    {
        if (bytes.IsDefault)
        {
            writer.WriteNull();
        }
        else
        {
            WriteBytes(writer, bytes.AsSpan());
        }
    }

    private static void WriteBytes(SnapshotWriter writer, ReadOnlySpan<byte> bytes)
    {
        var hash = Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();
        if (writer.TryOpen(value: null, isObject: true))
        {
            _ = writer.WriteProperty("bytes", bytes.Length) && writer.WriteProperty("sha256", hash);
            writer.Close();
        }
    }

    // Copied first, at most what is kept and one more: the text may change while it is written.
    private static void WriteCharacters(SnapshotWriter writer, ReadOnlySpan<char> characters)
    {
        var copy = characters[..(int)Math.Min(characters.Length, writer.MaxStringLength + 1L)].ToString();
        writer.WriteText(copy, characters.Length - copy.Length);
    }

    private static void WriteCharacters(SnapshotWriter writer, StringBuilder characters)
    {
        var length = characters.Length;
        var copy = characters.ToString(0, (int)Math.Min(length, writer.MaxStringLength + 1L));
        writer.WriteText(copy, length - copy.Length);
    }

    private static void Write(SnapshotWriter writer, ITuple tuple)
    {
        if (!writer.TryOpen(tuple.GetType().IsValueType ? null : tuple, isObject: false))
        {
            return;
        }

        for (var index = 0; index < tuple.Length && writer.CanGoOn(); index++)
        {
            writer.Write(tuple[index]);
        }

        writer.Close();
    }

    private static void Write(SnapshotWriter writer, Exception exception)
    {
        if (!writer.TryOpen(exception, isObject: true))
        {
            return;
        }

        _ = writer.WriteProperty("type", exception.GetType().ToString()) && writer.WriteProperty("message", exception.Message);
        if (exception is AggregateException several)
        {
            writer.WriteProperty("inner", several.InnerExceptions);
        }
        else if (exception.InnerException is { } inner)
        {
            writer.WriteProperty("inner", inner);
        }

        writer.Close();
    }

    private static void Write(SnapshotWriter writer, HttpContent content)
    {
        if (writer.TryOpen(content, isObject: true))
        {
            var headers = content.Headers.NonValidated;
            _ = writer.WriteProperty("type", CSharpName.Of(content.GetType()))
                && writer.WriteProperty("contentType", Header(headers, "Content-Type"))
                && writer.WriteProperty("length", Length(content, headers));
            writer.Close();
        }
    }

    private static void Write(SnapshotWriter writer, HttpRequestMessage request)
    {
        if (writer.TryOpen(request, isObject: true))
        {
            _ = writer.WriteProperty("method", request.Method.Method)
                && writer.WriteProperty("uri", request.RequestUri)
                && writer.WriteProperty("headers", request.Headers)
                && writer.WriteProperty("content", request.Content);
            writer.Close();
        }
    }

    private static void Write(SnapshotWriter writer, HttpResponseMessage response)
    {
        if (writer.TryOpen(response, isObject: true))
        {
            _ = writer.WriteProperty("status", (int)response.StatusCode)
                && writer.WriteProperty("reason", response.ReasonPhrase)
                && writer.WriteProperty("headers", response.Headers)
                && writer.WriteProperty("content", response.Content);
            writer.Close();
        }
    }

    private static void Write(SnapshotWriter writer, HttpHeaders headers)
    {
        if (writer.TryOpen(headers, isObject: true))
        {
            foreach (var (name, values) in headers.NonValidated)
            {
                if (!writer.WriteProperty(name, values.ToString()))
                {
                    break;
                }
            }

            writer.Close();
        }
    }

    // To ask the headers makes them remember the answer, which may be wrong later where parts can still be added to the content.
    private static long? Length(HttpContent content, HttpHeadersNonValidated headers) =>
        long.TryParse(Header(headers, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : content is ByteArrayContent ? content.Headers.ContentLength
        : null;

    private static string? Header(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.ToString() : null;
}
