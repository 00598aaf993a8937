using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>Reads the segments of a <see cref="ValuePath"/>. Each is compiled once for each type. Thread-safe.</summary>
internal static class PropertyReader
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly TypeCache<ConcurrentDictionary<string, Accessor>> Types = new(static _ => new());

    private static readonly Func<object, object?> Nothing = static _ => null;

    /// <summary>The value that a segment leads to. Null if there is none. Throws what the member throws.</summary>
    public static object? Read(object target, string segment) => Find(target.GetType(), segment).Read(target);

    /// <summary>How to read the first segments of a path from objects of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="path">The segments, separated by dots.</param>
    public static Accessor Find(Type type, string path) => Types.Get(type).GetOrAdd(path, Compile, type);

    /// <summary>A JSON value as a string or an integer where it is one, null where it is null, else as it is.</summary>
    public static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number when element.TryGetInt64(out var number) => number,
        _ => element,
    };

    /// <summary>A string as the JSON it holds. Any other value, and a string that is not JSON, is returned unchanged.</summary>
    public static object? Parsed(object? text)
    {
        if (text is not string { Length: > 0 } json)
        {
            return text;
        }

        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json);
        }
        catch (JsonException)
        {
            // A stream that broke leaves incomplete JSON.
            return text;
        }
    }

    /// <summary>A value as text that does not depend on the current culture. Null for null.</summary>
    public static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        _ => Formatted(value),
    };

    private static string Formatted(object value)
    {
        DeferredSuppression.Enter(value.GetType());
        return ImmutableScalar.Name(value);
    }

    private static Accessor Compile(string path, Type type)
    {
        var segments = path.Split('.');
        var segment = segments[0];
        var accessor = CompileText(segment, type) is { } read
            ? new Accessor(type, read, 1)
            : CompileMember(segments, type) ?? new Accessor(type, CompileKey(segment.Replace(':', '.'), type) ?? Nothing, 1);
        return !accessor.LeadsNowhere && DeferredSuppression.IsOfApplication(type) ? accessor with { Read = WithoutTracing(accessor.Read) } : accessor;
    }

    private static Func<object, object?> WithoutTracing(Func<object, object?> read) => target =>
    {
        DeferredSuppression.Enter();
        return read(target);
    };

    private static Func<object, object?>? CompileText(string segment, Type type)
    {
        if (type == typeof(JsonElement))
        {
            return target => Json((JsonElement)target, segment);
        }

        if (type == typeof(string) && segment == "Json()")
        {
            return Parsed;
        }

        if (type == typeof(MemoryStream) && segment == "Json()")
        {
            return static stream => Parsed(Encoding.UTF8.GetString(((MemoryStream)stream).ToArray()));
        }

        if (segment == "Body()")
        {
            return Body;
        }

        if (segment == "ToString()" && typeof(IFormattable).IsAssignableFrom(type))
        {
            return Text;
        }

        return int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? target => Item(target, index) : null;
    }

    private static string? Body(object response)
    {
        if (Read(response, "Content") is not { } content)
        {
            return null;
        }

        var encoding = Read(response, "Headers") is { } headers ? Text(Read(headers, "content-encoding")) : null;
        return CompressedBody.IsKnown(encoding) && Read(content, "ToArray()") is byte[] body
            ? Encoding.UTF8.GetString(CompressedBody.Decompressed(body, encoding).Span)
            : Text(Read(content, "ToString()"));
    }

    private static Accessor? CompileMember(string[] segments, Type type)
    {
        var segment = segments[0];
        var target = Expression.Parameter(typeof(object));
        if (segment.EndsWith("()", StringComparison.Ordinal))
        {
            return FindMethod(segment[..^2], type) is { } method
                ? Accessor(Expression.Convert(Expression.Call(As(target, method.DeclaringType!), method), typeof(object)), 1)
                : null;
        }

        if (FindProperty(segment, type) is not { } property)
        {
            return null;
        }

        if (HasEffect(property, type))
        {
            return new Accessor(type, WithoutEffect(property, type), 1);
        }

        var length = 1;
        return Accessor(Continue(Expression.Property(As(target, property.DeclaringType!), property), segments, ref length), length);

        Accessor Accessor(Expression value, int length) => new(type, Expression.Lambda<Func<object, object?>>(value, target).Compile(), length);
    }

    // An accessor is called with objects of its type only, so that a reference needs no check. Expressions may keep the parameters of a method, such as
    // Unsafe.As of a collectible type.
    private static Expression As(Expression target, Type type) => type.IsValueType || type.IsCollectible
        ? Expression.Convert(target, type)
        : Expression.Call(typeof(Unsafe), nameof(Unsafe.As), [type], target);

    // A struct on the way is not boxed: its property is read in the same function.
    private static Expression Continue(Expression value, string[] segments, ref int length)
    {
        if (Nullable.GetUnderlyingType(value.Type) is not null)
        {
            // An absent value is not boxed either.
            var variable = Expression.Variable(value.Type);
            return Expression.Block(
                [variable],
                Expression.Assign(variable, value),
                Expression.Condition(
                    Expression.Property(variable, "HasValue"),
                    Continue(Expression.Call(variable, nameof(Nullable<>.GetValueOrDefault), []), segments, ref length),
                    Expression.Constant(null)));
        }

        if (length == segments.Length
            || !value.Type.IsValueType
            || value.Type == typeof(JsonElement)
            || FindProperty(segments[length], value.Type) is not { } property
            || HasEffect(property, value.Type))
        {
            return Expression.Convert(value, typeof(object));
        }

        length++;
        return Continue(Expression.Property(value, property), segments, ref length);
    }

    // A getter of the application that waits, or uses a file or the network, does not run here either.
    private static bool HasEffect(PropertyInfo property, Type type) =>
        DeferredSuppression.IsOfApplication(property.DeclaringType!) && Effects.Find(property.GetMethod!, type) is not null;

    // Reads the field that the getter returns, if it is known. Null otherwise.
    private static Func<object, object?> WithoutEffect(PropertyInfo property, Type type) =>
        PropertyAccess.Of(property, property.GetValue, type, isOverridden: false) is (var get, null) ? get : static _ => null;

    // The most derived one: a property can hide another of the same name.
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

    // HTTP headers and the like have entries but no lookup.
    private static Func<object, object?>? CompileKey(string key, Type type)
    {
        var entries = type.GetInterfaces().FirstOrDefault(static implemented => IsEntries(implemented));
        return entries is null
            ? CompileName(key, type)
            : ((IKeyReader)Activator.CreateInstance(typeof(KeyReader<>).MakeGenericType(entries.GetGenericArguments()[0].GetGenericArguments()[1]))!)
                .Reader(key);
    }

    // The headers of Azure's responses have a name and a value each.
    private static Func<object, object?>? CompileName(string key, Type type) =>
        type.ConstructedFrom(typeof(IEnumerable<>)) is { } items
        && items.GetGenericArguments()[0] is { IsValueType: true } item
        && item.GetProperty("Name")?.PropertyType == typeof(string)
        && item.GetProperty("Value") is not null
            ? target => ((IEnumerable)target).Cast<object>()
                .Where(entry => string.Equals((string?)Read(entry, "Name"), key, StringComparison.OrdinalIgnoreCase))
                .Select(static entry => Read(entry, "Value"))
                .FirstOrDefault()
            : null;

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

    private static object? Json(JsonElement element, string segment)
    {
        if (element.ValueKind == JsonValueKind.Array && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return index < element.GetArrayLength() ? Value(element[index]) : null;
        }

        return segment switch
        {
            "ToString()" => element.ToString(),
            "GetArrayLength()" => element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : null,
            _ => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(segment, out var property) ? Value(property) : null,
        };
    }

    /// <summary>Reads segments of a path from objects of one type.</summary>
    /// <param name="Type">The type.</param>
    /// <param name="Read">Reads the value.</param>
    /// <param name="Length">The number of segments that it reads.</param>
    internal sealed record Accessor(Type Type, Func<object, object?> Read, int Length)
    {
        /// <summary>Whether objects of the type never have a value there.</summary>
        public bool LeadsNowhere => ReferenceEquals(Read, Nothing);
    }

    private interface IKeyReader
    {
        Func<object, object?> Reader(string key);
    }

    private sealed class KeyReader<TValue> : IKeyReader
    {
        public Func<object, object?> Reader(string key) => target => target switch
        {
            IReadOnlyDictionary<string, TValue> values => values.TryGetValue(key, out var value) ? Unwrapped(value) : null,
            IDictionary<string, TValue> values => values.TryGetValue(key, out var value) ? Unwrapped(value) : null,
            IEnumerable<KeyValuePair<string, TValue>> entries =>
                Unwrapped(entries.FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase)).Value),
            _ => null,
        };

        private static object? Unwrapped(TValue? value) => value is JsonElement element ? Value(element) : value;
    }
}
