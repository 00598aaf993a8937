using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Named values, captured when they are set, in the order in which their names were first set. Reading returns the public form
/// (<see cref="System.Text.Json.JsonElement"/> for composite values); <see cref="Captured"/> returns the form that is written to the wire.
/// Thread-safe: a service may still write while a publisher reads. Names have no secrets either; a name is found as it was set.
/// </summary>
/// <param name="owner">Captures the values, and adds up how many bytes they hold.</param>
internal sealed class CapturedDictionary(ICaptureOwner owner) : IDictionary<string, object?>
{
    // Also the lock: most steps have one of these.
    private readonly List<KeyValuePair<string, object?>> _entries = [];

    /// <param name="owner">The owner, which has added up the first entries already.</param>
    /// <param name="first">The first entries, whose names differ.</param>
    public CapturedDictionary(ICaptureOwner owner, CapturedEntries first)
        : this(owner)
    {
        foreach (var entry in first)
        {
            _entries.Add(entry);
        }
    }

    /// <summary>A copy of the entries, in their captured form.</summary>
    public KeyValuePair<string, object?>[] Captured
    {
        get
        {
            lock (_entries)
            {
                return [.. _entries];
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_entries)
            {
                return _entries.Count;
            }
        }
    }

    public bool IsReadOnly => false;

    public ICollection<string> Keys => [.. Captured.Select(static entry => entry.Key)];

    public ICollection<object?> Values => [.. Captured.Select(static entry => ToPublicValue(entry.Value))];

    public object? this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"No value is named '{key}'.");
        set
        {
            ArgumentNullException.ThrowIfNull(key);
            SetCaptured(owner.Capture.CaptureName(key), owner.Capture.Capture(key, value));
        }
    }

    /// <summary>Sets a value that is already captured, unless the owner has no room for it.</summary>
    public void SetCaptured(string key, object? captured)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_entries)
        {
            var entry = new KeyValuePair<string, object?>(key, captured);
            var index = IndexOf(key);
            if (owner.TryAddBytes(SizeOf(entry) - (index < 0 ? 0 : SizeOf(_entries[index]))))
            {
                Set(index, entry);
            }
        }
    }

    /// <summary>Sets a short value of the library, even if the owner has no room.</summary>
    public void SetNote(string key, object value)
    {
        lock (_entries)
        {
            Set(IndexOf(key), new(key, value));
        }
    }

    public void Add(string key, object? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var captured = owner.Capture.Capture(key, value);
        key = owner.Capture.CaptureName(key);
        lock (_entries)
        {
            if (IndexOf(key) >= 0)
            {
                throw new ArgumentException($"A value is already named '{key}'.", nameof(key));
            }

            var entry = new KeyValuePair<string, object?>(key, captured);
            if (owner.TryAddBytes(SizeOf(entry)))
            {
                _entries.Add(entry);
            }
        }
    }

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        if (TryGetCaptured(key, out var captured))
        {
            value = ToPublicValue(captured);
            return true;
        }

        value = null;
        return false;
    }

    public bool TryGetCaptured(string key, out object? captured) => TryGetKnown(owner.Capture.CaptureName(key), out captured);

    /// <summary>Gets a captured value by a name that has no secret.</summary>
    public bool TryGetKnown(string key, out object? captured)
    {
        lock (_entries)
        {
            var index = IndexOf(key);
            captured = index < 0 ? null : _entries[index].Value;
            return index >= 0;
        }
    }

    public bool ContainsKey(string key) => TryGetCaptured(key, out _);

    public bool Remove(string key)
    {
        key = owner.Capture.CaptureName(key);
        lock (_entries)
        {
            var index = IndexOf(key);
            if (index >= 0)
            {
                owner.TryAddBytes(-SizeOf(_entries[index]));
                _entries.RemoveAt(index);
            }

            return index >= 0;
        }
    }

    public void Clear()
    {
        lock (_entries)
        {
            owner.TryAddBytes(-_entries.Sum(SizeOf));
            _entries.Clear();
        }
    }

    public void Add(KeyValuePair<string, object?> item) => Add(item.Key, item.Value);

    public bool Contains(KeyValuePair<string, object?> item) => TryGetValue(item.Key, out var value) && Equals(value, item.Value);

    public bool Remove(KeyValuePair<string, object?> item) => Contains(item) && Remove(item.Key);

    public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex) =>
        Captured.Select(static entry => new KeyValuePair<string, object?>(entry.Key, ToPublicValue(entry.Value))).ToArray().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        foreach (var (name, captured) in Captured)
        {
            yield return new(name, ToPublicValue(captured));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The public form of a captured value.</summary>
    public static object? ToPublicValue(object? captured) => captured switch
    {
        CapturedJson json => json.Element,
        CapturedText text => text.Value,
        _ => captured,
    };

    private static long SizeOf(KeyValuePair<string, object?> entry) =>
        CapturedSize.Entry + CapturedSize.OfText(entry.Key) + CapturedSize.Of(entry.Value);

    private void Set(int index, KeyValuePair<string, object?> entry)
    {
        if (index < 0)
        {
            _entries.Add(entry);
        }
        else
        {
            _entries[index] = entry;
        }
    }

    private int IndexOf(string key)
    {
        for (var index = 0; index < _entries.Count; index++)
        {
            if (string.Equals(_entries[index].Key, key, StringComparison.Ordinal))
            {
                return index;
            }
        }

        return -1;
    }
}
