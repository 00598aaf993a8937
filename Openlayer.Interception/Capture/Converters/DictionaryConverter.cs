using System.Collections;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Xml;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// A dictionary: an object if every key is a string or a scalar. Otherwise an array of <c>{"Key": ..., "Value": ...}</c>, because
/// different keys could have the same text.
/// </summary>
/// <param name="read">Reads the entries of a dictionary.</param>
/// <param name="converter">The application's converter for the declared type of the values, or null.</param>
internal sealed class DictionaryConverter(DictionaryConverter.EntryReader read, CustomConverter? converter) : SnapshotConverter
{
    /// <summary>Adds at most <see cref="SnapshotWriter.MaxItems"/> entries, fewer if the time ends, and returns the number of all entries.</summary>
    public delegate int EntryReader(object dictionary, List<KeyValuePair<object, object?>> entries, SnapshotWriter writer, bool runsCode);

    public static EntryReader Generic<TKey, TValue>() => static (dictionary, entries, writer, runsCode) =>
    {
        foreach (var (key, value) in (IEnumerable<KeyValuePair<TKey, TValue>>)dictionary)
        {
            if (entries.Count == writer.MaxItems || !writer.CanRead(runsCode))
            {
                var count = dictionary switch
                {
                    IReadOnlyCollection<KeyValuePair<TKey, TValue>> collection => collection.Count,
                    ICollection<KeyValuePair<TKey, TValue>> collection => collection.Count,
                    _ => 0,
                };
                return Math.Max(count, entries.Count + 1);
            }

            entries.Add(new(key!, value));
        }

        return entries.Count;
    };

    /// <summary>A single <see cref="KeyValuePair{TKey,TValue}"/>.</summary>
    public static EntryReader Pair<TKey, TValue>() => static (pair, entries, _, _) =>
    {
        var (key, value) = (KeyValuePair<TKey, TValue>)pair;
        entries.Add(new(key!, value));
        return 1;
    };

    public static int Untyped(object dictionary, List<KeyValuePair<object, object?>> entries, SnapshotWriter writer, bool runsCode)
    {
        // Some dictionaries create their entries when they are enumerated first.
        if (!runsCode && ((IDictionary)dictionary).Count == 0)
        {
            return 0;
        }

        foreach (DictionaryEntry entry in (IDictionary)dictionary)
        {
            if (entries.Count == writer.MaxItems || !writer.CanRead(runsCode))
            {
                return Math.Max(((IDictionary)dictionary).Count, entries.Count + 1);
            }

            entries.Add(new(entry.Key, entry.Value));
        }

        return entries.Count;
    }

    public static int Named(object dictionary, List<KeyValuePair<object, object?>> entries, SnapshotWriter writer, bool runsCode)
    {
        var values = (NameValueCollection)dictionary;
        for (var index = 0; index < values.Count && index < writer.MaxItems && writer.CanRead(runsCode); index++)
        {
            entries.Add(new(values.GetKey(index) ?? string.Empty, values.Get(index)));
        }

        return values.Count;
    }

    /// <summary>A dictionary that is only enumerable.</summary>
    public static int Enumerated(object dictionary, List<KeyValuePair<object, object?>> entries, SnapshotWriter writer, bool runsCode)
    {
        foreach (DictionaryEntry entry in (IEnumerable)dictionary)
        {
            if (entries.Count == writer.MaxItems || !writer.CanRead(runsCode))
            {
                return Math.Max(((StringDictionary)dictionary).Count, entries.Count + 1);
            }

            entries.Add(new(entry.Key, entry.Value));
        }

        return entries.Count;
    }

    public static int Attributes(object nodes, List<KeyValuePair<object, object?>> entries, SnapshotWriter writer, bool runsCode)
    {
        var attributes = (XmlNamedNodeMap)nodes;
        for (var index = 0; index < attributes.Count && index < writer.MaxItems && writer.CanRead(runsCode); index++)
        {
            entries.Add(new(attributes.Item(index)!.Name, attributes.Item(index)!.Value));
        }

        return attributes.Count;
    }

    /// <summary>A lookup: the key and the items of each group.</summary>
    public static EntryReader Lookup<TKey, TValue>() => static (lookup, entries, writer, runsCode) =>
    {
        foreach (var group in (ILookup<TKey, TValue>)lookup)
        {
            if (entries.Count == writer.MaxItems || !writer.CanRead(runsCode))
            {
                return Math.Max(((ILookup<TKey, TValue>)lookup).Count, entries.Count + 1);
            }

            // The key of a lookup can be null. The items alone, because the key stands before them.
            entries.Add(new(group.Key!, group is IList<TValue> items ? new ReadOnlyCollection<TValue>(items) : group));
        }

        return entries.Count;
    };

    public bool IsPair { get; init; }

    /// <summary>Whether enumerating the dictionary runs code of the application.</summary>
    public bool RunsCode { get; init; }

    public override bool TryCopy(object value, int depth, ObjectCopies copies, out object? copy)
    {
        copy = null;
        if (converter is not null || value.GetType() != typeof(Dictionary<string, object?>) || value is not Dictionary<string, object?> dictionary
            || dictionary.Count > copies.MaxItems)
        {
            return false;
        }

        var entries = new List<KeyValuePair<object, object?>>(dictionary.Count);
        copy = new CopiedDictionary(this, entries);
        if (!copies.TryAdd(value, copy, CapturedSize.Entry * (1L + dictionary.Count)))
        {
            return false;
        }

        foreach (var (key, item) in dictionary)
        {
            if (!copies.TryCopy(item, depth + 1, out var copied))
            {
                return false;
            }

            entries.Add(new(key, copied));
        }

        return true;
    }

    /// <summary>Writes a dictionary as it was when it was copied.</summary>
    public void Write(SnapshotWriter writer, CopiedDictionary copy) => WriteObject(writer, copy, copy.Entries, rest: null);

    public override void Write(SnapshotWriter writer, object value)
    {
        var entries = new List<KeyValuePair<object, object?>>();
        var count = 0;
        string? failure = null;
        try
        {
            count = read(value, entries, writer, RunsCode);
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

        var isNamedSecret = entries.Exists(entry => entry is { Key: string key, Value: string named } && NamedPair.IsName(key) && writer.IsRedacted(named));
        foreach (var (key, item) in entries)
        {
            var name = key as string ?? ImmutableScalar.Name(key);
            var isWritten = isNamedSecret && NamedPair.IsValue(name)
                ? writer.WriteProperty(name, ValueCapture.Redacted)
                : writer.WriteProperty(name, item, converter);
            if (!isWritten)
            {
                break;
            }
        }

        if (rest is not null)
        {
            writer.WriteRemainder(rest);
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
            if (!writer.CanContinue())
            {
                break;
            }

            WriteEntry(writer, entry);
        }

        if (rest is not null && writer.CanContinue())
        {
            writer.WritePlaceholder(rest);
        }

        writer.Close();
    }

    // WriteProperty would check the names "Key" and "Value". The key decides whether the value is redacted.
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
                writer.WritePlaceholder(ValueCapture.Redacted);
            }
            else
            {
                writer.Write(entry.Value, converter);
            }
        }

        writer.Close();
    }
}
