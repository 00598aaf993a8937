using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Reflection;

/// <summary>
/// Values that are computed once for each type. Keys are weak, so that collectible assemblies stay collectible. Thread-safe: if several
/// threads ask for a new type at the same time, all of them get the same value.
/// </summary>
/// <param name="create">Computes the value of a type. May return null.</param>
internal sealed class TypeCache<TValue>(Func<Type, TValue> create)
{
    private readonly ConditionalWeakTable<Type, Entry> _entries = [];

    public TValue Get(Type type) =>
        (_entries.TryGetValue(type, out var entry) ? entry : _entries.GetValue(type, found => new Entry(create(found)))).Value;

    /// <summary>Gets the value of a type without computing it.</summary>
    public bool TryGet(Type type, out TValue? value)
    {
        var isKnown = _entries.TryGetValue(type, out var entry);
        value = isKnown ? entry!.Value : default;
        return isKnown;
    }

    // The table cannot hold null.
    private sealed class Entry(TValue value)
    {
        public readonly TValue Value = value;
    }
}
