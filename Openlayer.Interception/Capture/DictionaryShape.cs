using System.Collections;
using System.Collections.Specialized;

namespace Openlayer.Interception.Capture;

/// <summary>
/// A dictionary: an object where each key is a string or a scalar, else an array of <c>{"Key": ..., "Value": ...}</c>, which no two
/// different keys can make ambiguous.
/// </summary>
/// <param name="read">How the entries of a dictionary are read.</param>
/// <param name="converter">The user's converter for the values' declared type, if there is one.</param>
internal sealed class DictionaryShape(DictionaryShape.EntryReader read, ConvertedShape? converter) : ValueShape
{
    /// <summary>Adds at most <paramref name="max"/> entries and returns how many there are in all.</summary>
    public delegate int EntryReader(object dictionary, List<KeyValuePair<object, object?>> entries, int max);

    public static EntryReader Generic<TKey, TValue>() => static (dictionary, entries, max) =>
    {
        foreach (var (key, value) in (IEnumerable<KeyValuePair<TKey, TValue>>)dictionary)
        {
            if (entries.Count == max)
            {
                var count = dictionary switch
                {
                    IReadOnlyCollection<KeyValuePair<TKey, TValue>> collection => collection.Count,
                    ICollection<KeyValuePair<TKey, TValue>> collection => collection.Count,
                    _ => 0,
                };
                return Math.Max(count, max + 1);
            }

            entries.Add(new(key!, value));
        }

        return entries.Count;
    };

    /// <summary>A single <see cref="KeyValuePair{TKey,TValue}"/>.</summary>
    public static EntryReader Pair<TKey, TValue>() => static (pair, entries, _) =>
    {
        var (key, value) = (KeyValuePair<TKey, TValue>)pair;
        entries.Add(new(key!, value));
        return 1;
    };

    public static int Untyped(object dictionary, List<KeyValuePair<object, object?>> entries, int max)
    {
        foreach (DictionaryEntry entry in (IDictionary)dictionary)
        {
            if (entries.Count == max)
            {
                return Math.Max(((IDictionary)dictionary).Count, max + 1);
            }

            entries.Add(new(entry.Key, entry.Value));
        }

        return entries.Count;
    }

    public static int Named(object dictionary, List<KeyValuePair<object, object?>> entries, int max)
    {
        var values = (NameValueCollection)dictionary;
        for (var index = 0; index < values.Count && index < max; index++)
        {
            entries.Add(new(values.GetKey(index) ?? string.Empty, values.Get(index)));
        }

        return values.Count;
    }

    public bool IsPair { get; init; }

    public override void Write(SnapshotWriter writer, object value)
    {
        var entries = new List<KeyValuePair<object, object?>>();
        var count = 0;
        string? failure = null;
        try
        {
            count = read(value, entries, IsPair ? 1 : writer.MaxItems);
        }
        catch (Exception exception) when (entries.Count > 0)
        {
            failure = Placeholders.Threw(exception);
        }

        if (IsPair)
        {
            WriteEntry(writer, entries[0]);
        }
        else if (entries.TrueForAll(static entry => entry.Key is string || (entry.Key is not null && ImmutableScalar.Is(entry.Key))))
        {
            WriteObject(writer, value, entries, failure ?? (count > entries.Count ? Placeholders.MoreEntries(count - entries.Count) : null));
        }
        else
        {
            WriteArray(writer, value, entries, failure ?? (count > entries.Count ? Placeholders.MoreItems(count - entries.Count) : null));
        }
    }

    private void WriteObject(SnapshotWriter writer, object value, List<KeyValuePair<object, object?>> entries, string? rest)
    {
        if (!writer.TryOpen(value, isObject: true))
        {
            return;
        }

        foreach (var (key, item) in entries)
        {
            if (!writer.WriteProperty(key as string ?? ImmutableScalar.Name(key), item, converter))
            {
                break;
            }
        }

        if (rest is not null)
        {
            writer.WriteRest(rest);
        }

        writer.Close();
    }

    private void WriteArray(SnapshotWriter writer, object value, List<KeyValuePair<object, object?>> entries, string? rest)
    {
        if (!writer.TryOpen(value, isObject: false))
        {
            return;
        }

        foreach (var entry in entries)
        {
            if (!writer.CanGoOn())
            {
                break;
            }

            WriteEntry(writer, entry);
        }

        if (rest is not null && writer.CanGoOn())
        {
            writer.WriteMark(rest);
        }

        writer.Close();
    }

    // Not by WriteProperty: the names are ours, and the key is what says whether the value is a secret.
    private void WriteEntry(SnapshotWriter writer, KeyValuePair<object, object?> entry)
    {
        if (!writer.TryOpen(value: null, isObject: true))
        {
            return;
        }

        if (writer.TryWriteName("Key"))
        {
            writer.Write(entry.Key);
        }

        if (writer.TryWriteName("Value"))
        {
            if (entry.Key is string name && writer.IsRedacted(name))
            {
                writer.WriteMark(ValueCapture.Redacted);
            }
            else
            {
                writer.Write(entry.Value, converter);
            }
        }

        writer.Close();
    }
}
