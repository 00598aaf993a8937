namespace Openlayer.Interception.Publishing.Rows;

/// <summary>The columns of a row, in the order in which their names were first set. Not thread-safe.</summary>
internal sealed class RowColumns
{
    // Most rows have few columns, which are found faster than they are hashed.
    private const int MaxSearched = 8;

    private readonly List<KeyValuePair<string, object?>> _columns = [];
    private Dictionary<string, int>? _index;

    public IReadOnlyList<KeyValuePair<string, object?>> All => _columns;

    public bool Contains(string name) => IndexOf(name) >= 0;

    public bool TryGet(string name, out object? value)
    {
        var index = IndexOf(name);
        value = index < 0 ? null : _columns[index].Value;
        return index >= 0;
    }

    public void Set(string name, object? value)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            _columns[index] = new(name, value);
            return;
        }

        _index?.Add(name, _columns.Count);
        _columns.Add(new(name, value));
        if (_columns.Count > MaxSearched && _index is null)
        {
            _index = new(StringComparer.Ordinal);
            for (var position = 0; position < _columns.Count; position++)
            {
                _index.Add(_columns[position].Key, position);
            }
        }
    }

    private int IndexOf(string name)
    {
        if (_index is not null)
        {
            return _index.GetValueOrDefault(name, -1);
        }

        for (var position = 0; position < _columns.Count; position++)
        {
            if (_columns[position].Key == name)
            {
                return position;
            }
        }

        return -1;
    }
}
