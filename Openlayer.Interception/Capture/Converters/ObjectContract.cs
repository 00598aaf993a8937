using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Openlayer.Interception.Capture.Redaction;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// The properties in the JSON of an object: those of its System.Text.Json contract, except omitted ones. Redacted properties are not
/// read. The contract comes from the resolver, because the cache of the options would keep collectible types alive.
/// </summary>
internal sealed class ObjectContract(JsonSerializerOptions options, RedactedNames names, Func<Type, CustomConverter?> converterOf)
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    // A modified contract can have any code behind a property.
    private readonly bool _isPlain = options.TypeInfoResolver is DefaultJsonTypeInfoResolver { Modifiers.Count: 0 } resolver
        && resolver.GetType() == typeof(DefaultJsonTypeInfoResolver);

    /// <param name="contract">The contract.</param>
    /// <param name="isOverridden">Whether the objects are of a generated class that overrides virtual getters to load what is missing.</param>
    public ObjectConverter Read(JsonTypeInfo contract, bool isOverridden = false)
    {
        var properties = new List<ObjectProperty>();
        foreach (var property in contract.Properties.OrderBy(static property => property.Order))
        {
            if (property.Get is not null
                && IsWritten(property)
                && !ValueCapture.IsOmitted(property.PropertyType)
                && (property.AttributeProvider is not PropertyInfo member || PropertyAccess.IsReadable(member)))
            {
                properties.Add(Read(contract.Type, property, isOverridden));
            }
        }

        return new ObjectConverter(NamePairs(properties));
    }

    /// <summary>For a type without a System.Text.Json contract: it has a property that is a ref struct, a pointer or a reference.</summary>
    public ObjectConverter Read(Type type)
    {
        var properties = new List<ObjectProperty>();
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.GetMethod is not { IsPublic: true }
                || property.GetIndexParameters().Length > 0
                || property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always }
                || ValueCapture.IsOmitted(property.PropertyType)
                || !PropertyAccess.IsReadable(property))
            {
                continue;
            }

            var name = JsonName(property);
            var isUnreadable = property.PropertyType.IsByRef || property.PropertyType.IsByRefLike || property.PropertyType.IsPointer;
            var (get, placeholder) = PropertyAccess.Of(
                property,
                value => property.GetValue(value, BindingFlags.DoNotWrapExceptions, null, null, null),
                type,
                isOverridden: false);
            properties.Add(new ObjectProperty(Encode(name), get)
            {
                Placeholder = IsRedacted(type, property.Name, name, property.PropertyType) ? ValueCapture.Redacted
                    : isUnreadable ? Placeholders.Unread(property.PropertyType)
                    : placeholder,
                Converter = converterOf(property.PropertyType),
            });
        }

        return new ObjectConverter(NamePairs(properties));
    }

    // A name that cannot be read, because it is redacted or its getter does not run, names nothing.
    private static List<ObjectProperty> NamePairs(List<ObjectProperty> properties)
    {
        var readable = properties.FindAll(static property => property is { Placeholder: null, IsExtensionData: false });
        var naming = readable.Find(static property => NamedPair.RoleOf(property.Name.Value) == NamedPair.Role.Name)
            ?? readable.Find(static property => NamedPair.IsName(property.Name.Value));
        return naming is null
            ? properties
            : properties.ConvertAll(property => NamedPair.IsValue(property.Name.Value) ? property with { NamedBy = naming.Get } : property);
    }

    private ObjectProperty Read(Type type, JsonPropertyInfo property, bool isOverridden)
    {
        var (get, placeholder) = property.AttributeProvider is PropertyInfo member
            ? PropertyAccess.Of(member, property.Get!, type, isOverridden)
            : (property.Get!, null);
        return Read(type, property, get, placeholder);
    }

    private ObjectProperty Read(Type type, JsonPropertyInfo property, Func<object, object?> get, string? placeholder)
    {
        var converter = property.CustomConverter is { } custom
            ? CustomConverter.Create(property.PropertyType, custom, options)
            : converterOf(property.PropertyType);
        var isPlain = _isPlain && !property.IsExtensionData;
        var runsCode = !(property.AttributeProvider is FieldInfo || PropertyAccess.IsFieldRead(property.AttributeProvider as PropertyInfo));
        return new(Encode(property.Name), get)
        {
            Placeholder = IsRedacted(type, (property.AttributeProvider as MemberInfo)?.Name ?? property.Name, property.Name, property.PropertyType)
                ? ValueCapture.Redacted
                : placeholder,
            IsIncluded = property.ShouldSerialize ?? DefaultCondition(property.PropertyType),
            Converter = converter,
            IsExtensionData = property.IsExtensionData,
            Tuples = property.AttributeProvider is { } declaration ? TupleNames.Of(names.Contains, (property.PropertyType, declaration)) : null,
            IsReadOnly = isPlain && converter is null && IsReadOnly(property.AttributeProvider),
            IsScalar = ImmutableScalar.IsTypeOrNullable(property.PropertyType),
            RunsCode = runsCode,
            IsCopyable = isPlain && (!runsCode || type.IsOfModelLibrary()),
        };
    }

    // A property that reads anything but its own backing field may return different values.
    private static bool IsReadOnly(ICustomAttributeProvider? member) => member switch
    {
        FieldInfo field => field.IsInitOnly,
        PropertyInfo { GetMethod: { } getter } property =>
            (!getter.IsVirtual || getter.IsFinal)
            && getter.IsDefined(typeof(CompilerGeneratedAttribute))
            && property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", Instance | BindingFlags.DeclaredOnly) is { IsInitOnly: true },
        _ => false,
    };

    // System.Text.Json decides this when it makes a contract read-only.
    private bool IsWritten(JsonPropertyInfo property)
    {
        var ignoresReadOnly = property.AttributeProvider is FieldInfo ? options.IgnoreReadOnlyFields : options.IgnoreReadOnlyProperties;
        return !ignoresReadOnly
            || property.Set is not null
            || property.ShouldSerialize is not null
            || (property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)));
    }

    private Func<object, object?, bool>? DefaultCondition(Type type)
    {
        switch (options.DefaultIgnoreCondition)
        {
            case JsonIgnoreCondition.WhenWritingNull:
                return static (_, value) => value is not null;
            case JsonIgnoreCondition.WhenWritingDefault when type.IsValueType && Nullable.GetUnderlyingType(type) is null:
                var none = Activator.CreateInstance(type);
                return (_, value) => !Equals(value, none);
            case JsonIgnoreCondition.WhenWritingDefault:
                return static (_, value) => value is not null;
            default:
                return null;
        }
    }

    private bool IsRedacted(Type type, string memberName, string jsonName, Type propertyType) =>
        (propertyType != typeof(bool) && (names.Contains(memberName) || names.Contains(jsonName))) || SecretTypes.HasSecret(type, memberName) || HasNoCapture(type, memberName, jsonName);

    // The attribute may stand on a record's parameter, on an overridden property, or on the interface's property. A source-generated
    // contract does not name the member of a property, so members are found by name.
    private bool HasNoCapture(Type type, string memberName, string jsonName)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            if (declaring.GetMembers(Instance | BindingFlags.DeclaredOnly).Any(HasAttribute)
                || declaring.GetConstructors(Instance)
                    .SelectMany(static constructor => constructor.GetParameters())
                    .Any(parameter => parameter.IsDefined(typeof(NoCaptureAttribute)) && IsNamed(parameter.Name ?? string.Empty)))
            {
                return true;
            }
        }

        return type.GetInterfaces().Any(contract => contract.GetProperties().Any(HasAttribute));

        bool HasAttribute(MemberInfo member) =>
            member is PropertyInfo or FieldInfo
            && member.IsDefined(typeof(NoCaptureAttribute), inherit: false)
            && (IsNamed(member.Name) || string.Equals(JsonName(member), jsonName, StringComparison.Ordinal));

        bool IsNamed(string name) => RedactedNames.AreEquivalent(name, memberName);
    }

    private string JsonName(MemberInfo member) =>
        member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? options.PropertyNamingPolicy?.ConvertName(member.Name) ?? member.Name;

    private static JsonEncodedText Encode(string name) => JsonEncodedText.Encode(name, CapturedValueWriter.JsonOptions.Encoder);
}
