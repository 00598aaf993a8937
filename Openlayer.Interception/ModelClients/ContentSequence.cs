using System.Collections;
using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;

namespace Openlayer.Interception.ModelClients;

/// <summary>Lists of messages, content parts or tools, as far as they can be enumerated without running the application's code.</summary>
internal static class ContentSequence
{
    /// <summary>The items of an in-memory collection or JSON array. Null for text, a single value or a lazy sequence.</summary>
    public static IEnumerable<object?>? Items(object? value) => value switch
    {
        string => null,

        _ when IsOperator(value) => null,
        ICollection collection => collection.Cast<object?>(),
        IReadOnlyCollection<object?> collection => collection,
        JsonElement { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().Select(static item => PropertyReader.Value(item)),
        _ => null,
    };

    /// <summary>An in-memory list. Null for any other sequence or value.</summary>
    public static IList? List(object? value) => value is IList list && !IsOperator(list) ? list : null;

    /// <summary>The number of items of an in-memory collection or JSON array. Null for text, a single value or a lazy sequence.</summary>
    public static int? Count(object? value) => value switch
    {
        string => null,
        _ when IsOperator(value) => null,
        ICollection collection => collection.Count,
        IReadOnlyCollection<object?> collection => collection.Count,
        JsonElement { ValueKind: JsonValueKind.Array } array => array.GetArrayLength(),
        _ => null,
    };

    /// <summary>The parts of a message's content: the items of a collection, else the value itself as the only part. Empty for null.</summary>
    public static IEnumerable<object> Parts(object? content) =>
        content switch
        {
            null => [],
            string text => [text],
            _ => Items(content)?.OfType<object>() ?? [content],
        };

    /// <summary>Whether a value is a sequence that can only be read by enumerating it, which is left to the client.</summary>
    public static bool IsLazy(object? value) => value is IEnumerable and not string && Items(value) is null;

    private static bool IsOperator(object? value)
    {
        if (value is null)
        {
            return false;
        }

        var shape = SequenceShape.Cache.Get(value.GetType());
        shape.BeginReading();
        return shape.IsOperator;
    }
}
