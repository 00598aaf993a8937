using System.Collections;
using System.Reflection;
using Openlayer.Interception.Guardrails.Streams;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails;

/// <summary>What takes the place of a result of a type: nothing, or a text. Determined once for each type.</summary>
internal static class EmptyResult<TResult>
{
    private static readonly Func<TResult> Factory = FindFactory();

    // Creates the stream of one text. Null if the type is no stream of texts.
    private static readonly Func<string, TResult>? TextStream = FindTextStream();

    /// <summary>Whether the type is <see cref="IAsyncEnumerable{T}"/>.</summary>
    public static bool IsStream { get; } = typeof(TResult).IsConstructedFrom(typeof(IAsyncEnumerable<>));

    /// <summary>Returns an empty string, collection or stream; for other types, the default value.</summary>
    public static TResult Create() => Factory();

    /// <summary>Returns a text as a result. False if the type cannot hold one.</summary>
    public static bool TryCreate(string text, out TResult result)
    {
        if (text is TResult same)
        {
            result = same;
            return true;
        }

        result = TextStream is null ? default! : TextStream(text);
        return TextStream is not null;
    }

    private static Func<TResult> FindFactory()
    {
        var type = typeof(TResult);
        if (type == typeof(string))
        {
            return static () => (TResult)(object)"";
        }

        if (type.IsArray)
        {
            return () => (TResult)(object)Array.CreateInstance(type.GetElementType()!, new int[type.GetArrayRank()]);
        }

        if (type.IsConstructedFrom(typeof(IAsyncEnumerable<>)))
        {
            var empty = Activator.CreateInstance(typeof(FixedStream<>).MakeGenericType(type.GetGenericArguments()), [null])!;
            return () => (TResult)empty;
        }

        if (type.IsInterface && CollectionFor(type) is { } collection)
        {
            return () => (TResult)Activator.CreateInstance(collection)!;
        }

        // Immutable collections have no constructor.
        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            if (type.GetField("Empty", BindingFlags.Static | BindingFlags.Public) is { } field && field.FieldType == type)
            {
                return () => (TResult)field.GetValue(null)!;
            }

            if (!type.IsValueType && !type.IsAbstract && type.GetConstructor([]) is not null)
            {
                return static () => Activator.CreateInstance<TResult>();
            }
        }

        return static () => default!;
    }

    private static Func<string, TResult>? FindTextStream()
    {
        if (typeof(TResult).IsAssignableFrom(typeof(FixedStream<string>)) && typeof(TResult) != typeof(object))
        {
            return static text => (TResult)(object)new FixedStream<string>([text]);
        }

        return typeof(TResult) == typeof(IEnumerable<string>) ? static text => (TResult)(object)new[] { text } : null;
    }

    // The class of the framework that implements most interfaces of a collection.
    private static Type? CollectionFor(Type type)
    {
        Type[] candidates = type.GetGenericArguments() switch
        {
            [var item] => [typeof(List<>).MakeGenericType(item), typeof(HashSet<>).MakeGenericType(item)],
            [var key, var value] => [typeof(Dictionary<,>).MakeGenericType(key, value)],
            [] => [typeof(List<object>), typeof(Dictionary<object, object>)],
            _ => [],
        };
        return typeof(IEnumerable).IsAssignableFrom(type) ? Array.Find(candidates, type.IsAssignableFrom) : null;
    }
}
