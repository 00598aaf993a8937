using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>Reads members by name from objects whose types are not known here. A reader is compiled once for each type and name.</summary>
internal static class PropertyReader
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;

    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, ConcurrentDictionary<string, Func<object, object?>>> Types = [];

    /// <summary>
    /// The value of a public property; for a name with <c>()</c> of a method without parameters; of a list, for a name that is a number,
    /// the item; of a dictionary or a JSON object the value under the key; for <c>Json()</c> of a text the JSON that it is. Null if there is
    /// none.
    /// </summary>
    public static object? Read(object target, string name) =>
        Types.GetValue(target.GetType(), static _ => new()).GetOrAdd(name, Compile, target.GetType())(target);

    private static Func<object, object?> Compile(string name, Type type)
    {
        if (type == typeof(JsonElement))
        {
            return target => Json((JsonElement)target, name);
        }

        if (type == typeof(string) && name == "Json()")
        {
            return static target => MessageReader.Parsed(target);
        }

        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return target => Item(target, index);
        }

        return CompileMember(name, type) ?? CompileKey(name, type) ?? (static _ => null);
    }

    private static Func<object, object?>? CompileMember(string name, Type type)
    {
        var target = Expression.Parameter(typeof(object));
        Expression value;
        if (name.EndsWith("()", StringComparison.Ordinal))
        {
            if (FindMethod(name[..^2], type) is not { } method)
            {
                return null;
            }

            value = Expression.Call(Expression.Convert(target, method.DeclaringType!), method);
        }
        else if (FindProperty(name, type) is { } property)
        {
            value = Expression.Property(Expression.Convert(target, property.DeclaringType!), property);
        }
        else
        {
            return null;
        }

        return Expression.Lambda<Func<object, object?>>(Expression.Convert(value, typeof(object)), target).Compile();
    }

    // The most derived one: a property may hide another of the same name.
    private static PropertyInfo? FindProperty(string name, Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            var property = declaring.GetProperty(name, Declared, null, null, [], null);
            if (property is { GetMethod.IsPublic: true, PropertyType.IsByRefLike: false, PropertyType.IsByRef: false })
            {
                return property;
            }
        }

        return null;
    }

    private static MethodInfo? FindMethod(string name, Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            var method = declaring.GetMethod(name, 0, Declared, null, [], null);
            if (method is { ReturnType.IsByRefLike: false, ReturnType.IsByRef: false } && method.ReturnType != typeof(void))
            {
                return method;
            }
        }

        return null;
    }

    // A dictionary is what can be asked for a key; headers and the like can only be gone through.
    private static Func<object, object?>? CompileKey(string name, Type type)
    {
        var entries = type.GetInterfaces().FirstOrDefault(static implemented => IsEntries(implemented));
        return entries is null
            ? null
            : ((IKeyReader)Activator.CreateInstance(typeof(KeyReader<>).MakeGenericType(entries.GetGenericArguments()[0].GetGenericArguments()[1]))!)
                .Reader(name);
    }

    private static bool IsEntries(Type type) =>
        type.IsGenericType
        && type.GetGenericTypeDefinition() == typeof(IEnumerable<>)
        && type.GetGenericArguments()[0] is { IsGenericType: true } entry
        && entry.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
        && entry.GetGenericArguments()[0] == typeof(string);

    private static object? Item(object target, int index) => target switch
    {
        IList list => index < list.Count ? list[index] : null,
        IReadOnlyCollection<object?> items => items.ElementAtOrDefault(index),
        ICollection items => items.Cast<object?>().ElementAtOrDefault(index),
        _ => null,
    };

    private static object? Json(JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return index < element.GetArrayLength() ? Value(element[index]) : null;
        }

        return name switch
        {
            "ToString()" => element.ToString(),
            "GetArrayLength()" => element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : null,
            _ => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var property) ? Value(property) : null,
        };
    }

    /// <summary>A JSON value as text or a number, where it is that, and null where it is null.</summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number when element.TryGetInt64(out var number) => number,
        _ => element,
    };

    private interface IKeyReader
    {
        Func<object, object?> Reader(string name);
    }

    private sealed class KeyReader<TValue> : IKeyReader
    {
        public Func<object, object?> Reader(string name) => target => target switch
        {
            IReadOnlyDictionary<string, TValue> values => values.TryGetValue(name, out var value) ? Unwrapped(value) : null,
            IDictionary<string, TValue> values => values.TryGetValue(name, out var value) ? Unwrapped(value) : null,
            IEnumerable<KeyValuePair<string, TValue>> entries =>
                Unwrapped(entries.FirstOrDefault(entry => string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase)).Value),
            _ => null,
        };

        private static object? Unwrapped(TValue? value) => value is JsonElement element ? Value(element) : value;
    }
}
