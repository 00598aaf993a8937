using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// How a property is read without an effect. The getter runs, unless it would wait or use a database, the file system or the network: then
/// the field that it returns is read, or a placeholder names the call that it makes. Getters of the framework run only if they return a
/// field.
/// </summary>
internal static class PropertyAccess
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Whether reading the property of a framework's type has no effect. True for all other types.</summary>
    public static bool IsReadable(PropertyInfo property) =>
        property is not { GetMethod: { } getter, DeclaringType: { } type }
        || !(type.IsOfFramework() || type.IsOfHosting())
        || type.IsCompilerGenerated()
        || IsAutomatic(getter)
        || MethodCode.IsFieldRead(getter);

    /// <summary>The access to a property of an object.</summary>
    /// <param name="property">The property.</param>
    /// <param name="get">Calls its getter.</param>
    /// <param name="owner">The type of the object.</param>
    /// <param name="isOverridden">Whether the objects are of a generated class that overrides virtual getters to load what is missing.</param>
    /// <returns>What reads the property, or a placeholder.</returns>
    public static (Func<object, object?> Get, string? Placeholder) Of(PropertyInfo property, Func<object, object?> get, Type owner, bool isOverridden)
    {
        if (property.GetMethod is not { } getter)
        {
            return (get, null);
        }

        if (isOverridden && getter is { IsVirtual: true, IsFinal: false })
        {
            return FieldOf(property) is { } held ? (held.GetValue, null) : (get, Placeholders.NotRead("lazy loading"));
        }

        if (!Effects.IsSynchronized(getter) && (IsAutomatic(getter) || getter.IsAbstract || MethodCode.IsFieldRead(getter)))
        {
            return (get, null);
        }

        // A getter that starts a task, opens a connection or builds a query. The value would not be read.
        var placeholder = UnreadTypes.PlaceholderFor(property.PropertyType)
            ?? (Effects.Find(getter, owner) is { } effect ? Placeholders.NotRead(effect) : null);
        return placeholder is null ? (get, null)
            : (FieldOf(property) ?? LazyFieldOf(getter)) is { } field ? (field.GetValue, null)
            : (get, placeholder);
    }

    /// <summary>Whether a getter only returns a field, and no derived class can change that.</summary>
    public static bool IsFieldRead([NotNullWhen(true)] PropertyInfo? property) =>
        property?.GetMethod is { } getter
        && (!getter.IsVirtual || getter.IsFinal)
        && !Effects.IsSynchronized(getter)
        && (IsAutomatic(getter) || MethodCode.IsFieldRead(getter));

    private static bool IsAutomatic(MethodInfo getter) => getter.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    // The field of an automatic property, or one with the property's name: Orders and _orders.
    private static FieldInfo? FieldOf(PropertyInfo property) =>
        property.DeclaringType!.SelfAndBases()
            .SelectMany(static type => type.GetFields(Declared))
            .FirstOrDefault(field =>
                property.PropertyType.IsAssignableFrom(field.FieldType)
                && (field.Name == $"<{property.Name}>k__BackingField"
                    || string.Equals(Bare(field.Name), property.Name, StringComparison.OrdinalIgnoreCase)));

    // Of a getter that returns the value of a Lazy. The value is read if it exists already.
    private static FieldInfo? LazyFieldOf(MethodInfo getter) =>
        MethodCode.References(getter) is [(_, FieldInfo { IsStatic: false } field), (_, MethodInfo { Name: "get_Value" })]
        && field.FieldType.IsConstructedFrom(typeof(Lazy<>))
            ? field
            : null;

    private static string Bare(string field) => field.StartsWith("m_", StringComparison.Ordinal) ? field[2..] : field.TrimStart('_');
}
