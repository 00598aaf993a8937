using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Providers;

/// <summary>Reads properties by name from objects whose types are not known here. A reader is compiled once for each type and name.</summary>
internal static class PropertyReader
{
    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, ConcurrentDictionary<string, Func<object, object?>>> Types = [];

    /// <summary>The value of a public property; of a list, for a name that is a number, the item. Null if there is none.</summary>
    public static object? Read(object target, string name) =>
        target is IList list && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index < list.Count ? list[index] : null
            : Types.GetValue(target.GetType(), static _ => new()).GetOrAdd(name, Compile, target.GetType())(target);

    private static Func<object, object?> Compile(string name, Type type)
    {
        if (Find(name, type) is not { } property)
        {
            return static _ => null;
        }

        var target = Expression.Parameter(typeof(object));
        var value = Expression.Property(Expression.Convert(target, property.DeclaringType!), property);
        return Expression.Lambda<Func<object, object?>>(Expression.Convert(value, typeof(object)), target).Compile();
    }

    // The most derived one: a property may hide another of the same name.
    private static PropertyInfo? Find(string name, Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            var property = declaring.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly, null, null, [], null);
            if (property is { GetMethod.IsPublic: true, PropertyType.IsByRefLike: false })
            {
                return property;
            }
        }

        return null;
    }
}
