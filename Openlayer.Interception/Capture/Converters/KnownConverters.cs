using System.Buffers;
using System.Collections;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.ComponentModel.DataAnnotations;
using System.Data.SqlTypes;
using System.Drawing;
using System.Net.Http.Headers;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture.Attachments;
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
    private static readonly SnapshotConverter Claims = new ClaimsConverter();
    private static readonly SnapshotConverter Xml = new XmlConverter();

    private static readonly HashSet<Type> Vectors =
    [
        typeof(Vector2), typeof(Vector3), typeof(Vector4), typeof(Quaternion), typeof(Matrix3x2), typeof(Matrix4x4),
    ];

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
        (typeof(RecordedMessage), new MessageConverter()),
        (typeof(DeferredJson), new DeferredJsonConverter()),
        (typeof(CopiedObject), new DelegateConverter(static (writer, value) => ((CopiedObject)value).WriteTo(writer))),
        (typeof(CopiedDictionary), new DelegateConverter(static (writer, value) => ((CopiedDictionary)value).WriteTo(writer))),
        (typeof(JsonElement), new JsonValueConverter()),
        (typeof(JsonDocument), new JsonValueConverter()),
        (typeof(JsonNode), new JsonValueConverter()),
        (typeof(Exception), new ExceptionConverter()),
        (typeof(Attachment), new AttachmentConverter()),
        (typeof(RecordedAttachment), new AttachmentConverter()),
        (typeof(MemberInfo), Metadata),
        (typeof(ParameterInfo), Metadata),
        (typeof(Assembly), Metadata),
        (typeof(Module), Metadata),
        (typeof(HttpContent), HttpMessage),
        (typeof(HttpRequestMessage), HttpMessage),
        (typeof(HttpResponseMessage), HttpMessage),
        (typeof(HttpHeaders), HttpMessage),
        (typeof(Claim), Claims),
        (typeof(ClaimsIdentity), Claims),
        (typeof(ClaimsPrincipal), Claims),
        (typeof(Plane), new MembersConverter(("Normal", static value => ((Plane)value).Normal), ("D", static value => ((Plane)value).D))),
        (typeof(NFloat), new DelegateConverter(static (writer, value) => writer.Write(((NFloat)value).Value), isImmutable: true)),
        (typeof(CLong), new DelegateConverter(static (writer, value) => writer.Write(((CLong)value).Value), isImmutable: true)),
        (typeof(CULong), new DelegateConverter(static (writer, value) => writer.Write(((CULong)value).Value), isImmutable: true)),
        (typeof(JsonProperty), new JsonValueConverter()),
        (typeof(FormattableString), new MembersConverter(
            ("format", static value => ((FormattableString)value).Format),
            ("arguments", static value => ((FormattableString)value).GetArguments()))),
        (typeof(StringDictionary), new DictionaryConverter(DictionaryConverter.Enumerated, converter: null)),
        (typeof(ReadOnlySequence<byte>), new MembersConverter(("bytes", static value => ((ReadOnlySequence<byte>)value).Length))),
    ];

    // Types of assemblies that few applications use. They are known by name, so that these assemblies are not loaded for this table.
    private static readonly Dictionary<string, SnapshotConverter> KnownByName = new(StringComparer.Ordinal)
    {
        ["System.Xml.Linq.XObject"] = Xml,
        ["System.Xml.XmlNode"] = Xml,
        ["System.Xml.XmlNamedNodeMap"] = new DictionaryConverter(DictionaryConverter.Attributes, converter: null),
        ["System.Drawing.Point"] = new MembersConverter(("X", static value => ((Point)value).X), ("Y", static value => ((Point)value).Y)),
        ["System.Drawing.PointF"] = new MembersConverter(("X", static value => ((PointF)value).X), ("Y", static value => ((PointF)value).Y)),
        ["System.Drawing.Size"] = new MembersConverter(("Width", static value => ((Size)value).Width), ("Height", static value => ((Size)value).Height)),
        ["System.Drawing.SizeF"] = new MembersConverter(("Width", static value => ((SizeF)value).Width), ("Height", static value => ((SizeF)value).Height)),
        ["System.Drawing.Rectangle"] = new MembersConverter(
            ("X", static value => ((Rectangle)value).X),
            ("Y", static value => ((Rectangle)value).Y),
            ("Width", static value => ((Rectangle)value).Width),
            ("Height", static value => ((Rectangle)value).Height)),
        ["System.Drawing.RectangleF"] = new MembersConverter(
            ("X", static value => ((RectangleF)value).X),
            ("Y", static value => ((RectangleF)value).Y),
            ("Width", static value => ((RectangleF)value).Width),
            ("Height", static value => ((RectangleF)value).Height)),
        ["System.ComponentModel.DataAnnotations.ValidationResult"] = new MembersConverter(
            ("errorMessage", static value => ((ValidationResult)value).ErrorMessage),
            ("memberNames", static value => ((ValidationResult)value).MemberNames)),
    };

    /// <summary>The converter of a type. Null if its values are written as objects.</summary>
    /// <param name="type">The type.</param>
    /// <param name="customConverterOf">Returns the application's converter for a type, or null.</param>
    public static SnapshotConverter? Find(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        if (ImmutableScalar.IsType(type) && type != typeof(Uri))
        {
            return Scalar;
        }

        // A class of the application can override what its base class in the framework only returns.
        var known = Array.Find(Known, known => type.IsAssignableTo(known.Type)).Converter ?? type.FindByName(KnownByName) ?? KnownTexts.Find(type) ?? WebTypes.Find(type);
        if (known is not (null or ExceptionConverter) && Effects.FindInOverrides(type, IsGetterOrText) is { } effect)
        {
            return new PlaceholderConverter(Placeholders.NotRead(effect));
        }

        return known
            ?? UnionConverter.Find(type)
            ?? FindGeneric(type, customConverterOf)
            ?? (type.IsAssignableTo(typeof(ITuple)) && type.Namespace == nameof(System) ? new TupleConverter()
                : FrameworkHandles.Contains(type) ? new PlaceholderConverter(Placeholders.Unread(type))
                : FindCollection(type, customConverterOf));
    }

    /// <summary>The converter of dictionaries with these types of keys and values.</summary>
    public static DictionaryConverter Dictionary(Type[] arguments, CustomConverter? converter) =>
        new(EntryReader(nameof(DictionaryConverter.Generic), arguments), converter);

    private static bool IsGetterOrText(string method) => method.StartsWith("get_", StringComparison.Ordinal) || method == nameof(ToString);

    private static SnapshotConverter? FindGeneric(Type type, Func<Type, CustomConverter?> customConverterOf)
    {
        if (Vectors.Contains(type))
        {
            return new FieldsConverter(type);
        }

        if (type.Namespace == "System.Data.SqlTypes" && type.IsValueType && type.GetProperty("Value") is { } value)
        {
            return new DelegateConverter((writer, number) => writer.Write(((INullable)number).IsNull ? null : value.GetValue(number)));
        }

        if (type.IsConstructedFrom(typeof(Vector64<>)) || type.IsConstructedFrom(typeof(Vector128<>))
            || type.IsConstructedFrom(typeof(Vector256<>)) || type.IsConstructedFrom(typeof(Vector512<>)))
        {
            return new HardwareVectorConverter(type);
        }

        if (type.IsConstructedFrom(typeof(Vector<>)))
        {
            return (SnapshotConverter)Activator.CreateInstance(typeof(VectorConverter<>).MakeGenericType(type.GetGenericArguments()))!;
        }

        if (type.ConstructedFrom(typeof(ILookup<,>)) is { } lookup)
        {
            return new DictionaryConverter(EntryReader(nameof(DictionaryConverter.Lookup), lookup.GetGenericArguments()), converter: null) { RunsCode = !type.IsOfFramework() };
        }

        if (type.ConstructedFrom(typeof(IGrouping<,>)) is { } grouping)
        {
            return (SnapshotConverter)Activator.CreateInstance(typeof(GroupingConverter<,>).MakeGenericType(grouping.GetGenericArguments()))!;
        }

        if (type.IsConstructedFrom(typeof(ImmutableStack<>)) || type.IsConstructedFrom(typeof(ImmutableQueue<>)))
        {
            return Items(type, customConverterOf, runsCode: false);
        }

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

        return type.IsConstructedFrom(typeof(ImmutableArray<>)) ? new ImmutableArrayConverter(type, Items(type, customConverterOf, runsCode: false)) : null;
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

        if (Effects.FindInEnumeration(type) is { } effect)
        {
            return new PlaceholderConverter(Placeholders.NotRead(effect));
        }

        var runsCode = !type.IsArray && !type.IsOfFramework();

        if ((type.ConstructedFrom(typeof(IDictionary<,>)) ?? type.ConstructedFrom(typeof(IReadOnlyDictionary<,>))) is { } dictionary)
        {
            var arguments = dictionary.GetGenericArguments();
            return new DictionaryConverter(EntryReader(nameof(DictionaryConverter.Generic), arguments), customConverterOf(arguments[1])) { RunsCode = runsCode };
        }

        if (type.IsAssignableTo(typeof(IDictionary)))
        {
            return new DictionaryConverter(DictionaryConverter.Untyped, converter: null) { RunsCode = runsCode };
        }

        if (type.IsAssignableTo(typeof(NameValueCollection)))
        {
            return Effects.FindInOverrides(type, static method => method is "Get" or "GetKey") is { } overridden
                ? new PlaceholderConverter(Placeholders.NotRead(overridden))
                : new DictionaryConverter(DictionaryConverter.Named, converter: null) { RunsCode = runsCode };
        }

        if (type.ConstructedFrom(typeof(IReadOnlyCollection<>)) == typeof(IReadOnlyCollection<byte>)
            || type.ConstructedFrom(typeof(ICollection<>)) == typeof(ICollection<byte>))
        {
            return Bytes;
        }

        return UnreadTypes.IsCollection(type) ? Items(type, customConverterOf, runsCode) : new PlaceholderConverter(UnreadTypes.LazyPlaceholder(type));
    }

    private static CollectionConverter Items(Type type, Func<Type, CustomConverter?> customConverterOf, bool runsCode)
    {
        var item = type.ConstructedFrom(typeof(IEnumerable<>))?.GetGenericArguments()[0];
        var converter = item is null ? null : customConverterOf(item);
        var count = !UnreadTypes.IsCollection(type) ? static value => ((IEnumerable)value).Cast<object>().Count()
            : item is null || type.IsAssignableTo(typeof(ICollection)) ? static value => ((ICollection)value).Count
            : (Func<object, int>)typeof(CollectionConverter).GetMethod(nameof(CollectionConverter.Counter))!.MakeGenericMethod(item).Invoke(null, null)!;
        return new CollectionConverter(count, converter, item is null ? null : CollectionConverter.FreezerOf(type, item)) { RunsCode = runsCode };
    }

    private static DictionaryConverter.EntryReader EntryReader(string method, Type[] arguments) =>
        (DictionaryConverter.EntryReader)typeof(DictionaryConverter).GetMethod(method)!.MakeGenericMethod(arguments).Invoke(null, null)!;
}
