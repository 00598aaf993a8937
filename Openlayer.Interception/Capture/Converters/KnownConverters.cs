using System.Collections;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>The converters of types that are not written as objects with their properties.</summary>
internal static class KnownConverters
{
    private static readonly SnapshotConverter Scalar = new DelegateConverter(static (writer, value) => writer.WriteScalar(value), isImmutable: true);
    private static readonly SnapshotConverter Bytes = new BytesConverter();
    private static readonly SnapshotConverter Characters = new CharactersConverter();
    private static readonly SnapshotConverter Metadata = new MetadataConverter();
    private static readonly SnapshotConverter HttpMessage = new HttpMessageConverter();

    // The first match counts.
    private static readonly (Type Type, SnapshotConverter Converter)[] Known =
    [
        (typeof(string), new DelegateConverter(static (writer, value) => writer.WriteText((string)value))),
        (typeof(DBNull), new DelegateConverter(static (writer, _) => writer.WriteNull())),
        (typeof(Uri), new DelegateConverter(static (writer, value) => writer.WriteText(ImmutableScalar.Address((Uri)value)))),
        (typeof(byte[]), Bytes),
        (typeof(Memory<byte>), Bytes),
        (typeof(ReadOnlyMemory<byte>), Bytes),
        (typeof(ArraySegment<byte>), Bytes),
        (typeof(ImmutableArray<byte>), Bytes),
        (typeof(char[]), Characters),
        (typeof(Memory<char>), Characters),
        (typeof(ReadOnlyMemory<char>), Characters),
        (typeof(ArraySegment<char>), Characters),
        (typeof(StringBuilder), Characters),
        (typeof(BoundedText), new DelegateConverter(static (writer, value) => ((BoundedText)value).WriteTo(writer))),
        (typeof(JsonElement), new JsonValueConverter()),
        (typeof(JsonDocument), new JsonValueConverter()),
        (typeof(JsonNode), new JsonValueConverter()),
        (typeof(Exception), new ExceptionConverter()),
        (typeof(MemberInfo), Metadata),
        (typeof(ParameterInfo), Metadata),
        (typeof(Assembly), Metadata),
        (typeof(Module), Metadata),
        (typeof(HttpContent), HttpMessage),
        (typeof(HttpRequestMessage), HttpMessage),
        (typeof(HttpResponseMessage), HttpMessage),
        (typeof(HttpHeaders), HttpMessage),
    ];

    /// <summary>The converter of a type. Null if its values are written as objects.</summary>
    /// <param name="type">The type.</param>
    /// <param name="customConverterOf">Returns the application's converter for a type, or null.</param>
    public static SnapshotConverter? Find(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        if (ImmutableScalar.IsType(type) && type != typeof(Uri))
        {
            return Scalar;
        }

        return Array.Find(Known, known => type.IsAssignableTo(known.Type)).Converter
            ?? FindGeneric(type, customConverterOf)
            ?? (type.IsAssignableTo(typeof(ITuple)) && type.Namespace == nameof(System)
                ? new TupleConverter()
                : FindCollection(type, customConverterOf));
    }

    private static SnapshotConverter? FindGeneric(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        if (type.IsConstructedFrom(typeof(KeyValuePair<,>)))
        {
            var arguments = type.GetGenericArguments();
            return new DictionaryConverter(EntryReader(nameof(DictionaryConverter.Pair), arguments), customConverterOf(arguments[1])) { IsPair = true };
        }

        if (type.IsConstructedFrom(typeof(Memory<>)) || type.IsConstructedFrom(typeof(ReadOnlyMemory<>)))
        {
            return (SnapshotConverter)Activator.CreateInstance(typeof(MemoryConverter<>).MakeGenericType(type.GetGenericArguments()))!;
        }

        if (type.IsConstructedFrom(typeof(Lazy<>)))
        {
            return new LazyConverter(type);
        }

        return type.IsConstructedFrom(typeof(ImmutableArray<>)) ? new ImmutableArrayConverter(type, Items(type, customConverterOf)) : null;
    }

    private static SnapshotConverter? FindCollection(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        if (!type.IsAssignableTo(typeof(IEnumerable)))
        {
            return null;
        }

        if (type.IsArray && type.GetArrayRank() > 1)
        {
            return new MultidimensionalArrayConverter();
        }

        if ((type.ConstructedFrom(typeof(IDictionary<,>)) ?? type.ConstructedFrom(typeof(IReadOnlyDictionary<,>))) is { } dictionary)
        {
            var arguments = dictionary.GetGenericArguments();
            return new DictionaryConverter(EntryReader(nameof(DictionaryConverter.Generic), arguments), customConverterOf(arguments[1]));
        }

        if (type.IsAssignableTo(typeof(IDictionary)))
        {
            return new DictionaryConverter(DictionaryConverter.Untyped, converter: null);
        }

        if (type.IsAssignableTo(typeof(NameValueCollection)))
        {
            return new DictionaryConverter(DictionaryConverter.Named, converter: null);
        }

        return UnreadTypes.IsCollection(type) ? Items(type, customConverterOf) : new PlaceholderConverter(UnreadTypes.LazyPlaceholder(type));
    }

    private static CollectionConverter Items(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        var item = type.ConstructedFrom(typeof(IEnumerable<>))?.GetGenericArguments()[0];
        var converter = item is null ? null : customConverterOf(item);
        return item is null || type.IsAssignableTo(typeof(ICollection))
            ? new CollectionConverter(static value => ((ICollection)value).Count, converter, item is null ? null : CollectionConverter.FreezerOf(type, item))
            : new CollectionConverter(
                (Func<object, int>)typeof(CollectionConverter).GetMethod(nameof(CollectionConverter.Counter))!.MakeGenericMethod(item).Invoke(null, null)!,
                converter,
                CollectionConverter.FreezerOf(type, item));
    }

    private static DictionaryConverter.EntryReader EntryReader(string method, Type[] arguments) =>
        (DictionaryConverter.EntryReader)typeof(DictionaryConverter).GetMethod(method)!.MakeGenericMethod(arguments).Invoke(null, null)!;
}
