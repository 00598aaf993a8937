using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>Makes collections of the same type with other items. A dictionary's items are pairs.</summary>
internal static class CollectionCopies
{
    private static readonly TypeCache<FieldInfo[]> HiddenFields = new(FieldsThatAreNotCopied);

    private static readonly TypeCache<Func<object, IReadOnlyList<object?>, object?>> Copiers = new(CopierOf);

    /// <summary>A collection of the same type with other items. Null if none can be made.</summary>
    /// <param name="source">The collection.</param>
    /// <param name="items">The items, in its order; of a dictionary, pairs of its type.</param>
    public static object? With(object source, IReadOnlyList<object?> items) => Copiers.Get(source.GetType())(source, items);

    private static Func<object, IReadOnlyList<object?>, object?> CopierOf(Type type)
    {
        if (type.IsArray)
        {
            return type.IsSZArray ? CopyArray : static (_, _) => null;
        }

        var pairs = type.ConstructedFrom(typeof(IDictionary<,>)) ?? type.ConstructedFrom(typeof(IReadOnlyDictionary<,>));
        var items = type.ConstructedFrom(typeof(ICollection<>)) ?? type.ConstructedFrom(typeof(IReadOnlyCollection<>));
        return pairs is not null ? Create(nameof(CopyDictionary), pairs.GetGenericArguments())
            : items is not null ? Create(nameof(CopyCollection), items.GetGenericArguments())
            : CopyUntyped;
    }

    private static Func<object, IReadOnlyList<object?>, object?> Create(string method, Type[] arguments) =>
        typeof(CollectionCopies).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(arguments)
            .CreateDelegate<Func<object, IReadOnlyList<object?>, object?>>();

    private static Array CopyArray(object source, IReadOnlyList<object?> items)
    {
        var copy = (Array)((Array)source).Clone();
        for (var index = 0; index < items.Count; index++)
        {
            copy.SetValue(items[index], index);
        }

        return copy;
    }

    private static object? CopyCollection<T>(object source, IReadOnlyList<object?> items)
    {
        var typed = items.Select(static item => (T)item!);
        return source switch
        {
            List<T> when IsExactly(typeof(List<>)) => new List<T>(typed),
            HashSet<T> set when IsExactly(typeof(HashSet<>)) => new HashSet<T>(typed, set.Comparer),
            SortedSet<T> set when IsExactly(typeof(SortedSet<>)) => new SortedSet<T>(typed, set.Comparer),
            ReadOnlyCollection<T> when IsExactly(typeof(ReadOnlyCollection<>)) => new ReadOnlyCollection<T>([.. typed]),
            Queue<T> when IsExactly(typeof(Queue<>)) => new Queue<T>(typed),
            Stack<T> when IsExactly(typeof(Stack<>)) => new Stack<T>(typed.Reverse()),
            ImmutableArray<T> => ImmutableArray.CreateRange(typed),
            ImmutableList<T> => ImmutableList.CreateRange(typed),
            ImmutableHashSet<T> set => ImmutableHashSet.CreateRange(set.KeyComparer, typed),
            FrozenSet<T> set => typed.ToFrozenSet(set.Comparer),

            // What a collection expression makes for an interface. No code can name it, so no caller can downcast to it.
            _ when source.GetType().IsCompilerGenerated() => typed.ToArray(),
            _ => Fill(source, typed),
        };

        bool IsExactly(Type definition) => source.GetType().IsConstructedFrom(definition);
    }

    private static object? CopyDictionary<TKey, TValue>(object source, IReadOnlyList<object?> items)
        where TKey : notnull
    {
        var typed = items.Select(static item => (KeyValuePair<TKey, TValue>)item!);
        return source switch
        {
            Dictionary<TKey, TValue> dictionary when IsExactly(typeof(Dictionary<,>)) => new Dictionary<TKey, TValue>(typed, dictionary.Comparer),
            SortedDictionary<TKey, TValue> dictionary when IsExactly(typeof(SortedDictionary<,>)) => new SortedDictionary<TKey, TValue>(typed.ToDictionary(), dictionary.Comparer),
            ConcurrentDictionary<TKey, TValue> dictionary when IsExactly(typeof(ConcurrentDictionary<,>)) => new ConcurrentDictionary<TKey, TValue>(typed, dictionary.Comparer),
            SortedList<TKey, TValue> list when IsExactly(typeof(SortedList<,>)) => new SortedList<TKey, TValue>(typed.ToDictionary(), list.Comparer),
            ReadOnlyDictionary<TKey, TValue> when IsExactly(typeof(ReadOnlyDictionary<,>)) => new ReadOnlyDictionary<TKey, TValue>(typed.ToDictionary()),
            ImmutableDictionary<TKey, TValue> dictionary => dictionary.SetItems(typed),
            FrozenDictionary<TKey, TValue> dictionary => typed.ToFrozenDictionary(dictionary.Comparer),
            _ => Fill(source, typed),
        };

        bool IsExactly(Type definition) => source.GetType().IsConstructedFrom(definition);
    }

    // A collection of another library or of the application.
    private static object? Fill<T>(object source, IEnumerable<T> items)
    {
        if (Empty(source) is not ICollection<T> { IsReadOnly: false, Count: 0 } copy)
        {
            return null;
        }

        foreach (var item in items)
        {
            copy.Add(item);
        }

        return copy;
    }

    private static object? CopyUntyped(object source, IReadOnlyList<object?> items)
    {
        switch (Empty(source))
        {
            case IDictionary { IsReadOnly: false, Count: 0 } dictionary:
                foreach (var item in items)
                {
                    var entry = (DictionaryEntry)item!;
                    dictionary.Add(entry.Key, entry.Value);
                }

                return dictionary;
            case IList { IsReadOnly: false, IsFixedSize: false, Count: 0 } list:
                foreach (var item in items)
                {
                    list.Add(item);
                }

                return list;
            default:
                return null;
        }
    }

    // Null if the collection has more than its items and public properties.
    private static object? Empty(object source)
    {
        var type = source.GetType();
        if (type.IsAbstract || type.GetConstructor([]) is not { } constructor || Array.Exists(HiddenFields.Get(type), field => !IsDefault(field.GetValue(source))))
        {
            return null;
        }

        var copy = constructor.Invoke(null);
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property is { GetMethod.IsPublic: true, SetMethod.IsPublic: true, DeclaringType: { } declaring } && !declaring.IsOfFramework() && property.GetIndexParameters().Length == 0)
            {
                property.SetValue(copy, property.GetValue(source));
            }
        }

        return copy;
    }

    // Neither collections, which hold the items, nor behind a public property.
    private static FieldInfo[] FieldsThatAreNotCopied(Type type) =>
    [
        .. from declaring in type.SelfAndBases()
           where !declaring.IsOfFramework()
           from field in declaring.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           where !field.FieldType.IsAssignableTo(typeof(IEnumerable))
              && !(field.Name is ['<', ..] && declaring.GetProperty(field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]) is { SetMethod.IsPublic: true })
           select field,
    ];

    private static bool IsDefault(object? value) => value is null || (value is ValueType && value.Equals(RuntimeHelpers.GetUninitializedObject(value.GetType())));
}
