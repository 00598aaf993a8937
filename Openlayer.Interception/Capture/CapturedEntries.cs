namespace Openlayer.Interception.Capture;

/// <summary>Named values in the form in which they were captured, in order.</summary>
internal readonly struct CapturedEntries
{
    // Null if the values are an array of pairs of name and value.
    private readonly string[]? _names;

    // With several names, an array of values; with one, the value itself.
    private readonly object? _values;

    private CapturedEntries(string[]? names, object? values)
    {
        _names = names;
        _values = values;
    }

    /// <summary>The number of values.</summary>
    public int Length => _names?.Length ?? Entries.Length;

    private KeyValuePair<string, object?>[] Entries => (KeyValuePair<string, object?>[]?)_values ?? [];

    /// <summary>The entry at a position. Throws <see cref="IndexOutOfRangeException"/> if there is none.</summary>
    public KeyValuePair<string, object?> this[int index] => _names is { } names
        ? new(names[index], _values is object?[] several ? several[index] : _values)
        : Entries[index];

    public static implicit operator CapturedEntries(KeyValuePair<string, object?>[] entries) => new(names: null, entries);

    /// <summary>Values that belong to names.</summary>
    /// <param name="names">The names.</param>
    /// <param name="values">Of several names, an array of the values; of one, the value itself.</param>
    public static CapturedEntries Of(string[] names, object? values) => new(names, values);

    public Enumerator GetEnumerator() => new(this);

    /// <summary>The value of a name. Null if there is none.</summary>
    public object? Find(string name)
    {
        foreach (var (key, value) in this)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Enumerates the entries without an allocation.</summary>
    public struct Enumerator(CapturedEntries entries)
    {
        private readonly int _length = entries.Length;
        private int _index = -1;

        public readonly KeyValuePair<string, object?> Current => entries[_index];

        public bool MoveNext() => ++_index < _length;
    }
}
