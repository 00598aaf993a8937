using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Reflection;

/// <summary>
/// Values that are computed once for each type. Keys are weak, so that collectible assemblies stay collectible. Thread-safe: if several
/// threads ask for a new type at the same time, all of them get the same value.
/// </summary>
/// <param name="create">Computes the value of a type. May return null.</param>
internal sealed class TypeCache<TValue>(Func<Type, TValue> create)
{
    // A power of two. Few types are hot at the same time, and a look-up in the table takes several times as long.
    private const int RecentLength = 128;

    private readonly ConditionalWeakTable<Type, Entry> _entries = [];

    // Types that were looked up recently, by hash. Contains no collectible types.
    private readonly Entry?[] _recent = new Entry?[RecentLength];

    public TValue Get(Type type) => GetEntry(type).Value;

    /// <summary>Gets the value of a type together with the type.</summary>
    public Entry GetEntry(Type type) => FindRecent(type)
        ?? Remember(type, _entries.TryGetValue(type, out var entry) ? entry : _entries.GetValue(type, found => new Entry(found, create(found))));

    /// <summary>Gets the value of a type without computing it.</summary>
    public bool TryGet(Type type, out TValue? value)
    {
        var entry = FindRecent(type);
        if (entry is null && _entries.TryGetValue(type, out entry))
        {
            Remember(type, entry);
        }

        value = entry is null ? default : entry.Value;
        return entry is not null;
    }

    private static int Slot(Type type) => RuntimeHelpers.GetHashCode(type) & (RecentLength - 1);

    private Entry? FindRecent(Type type) => _recent[Slot(type)] is { } entry && ReferenceEquals(entry.Type, type) ? entry : null;

    private Entry Remember(Type type, Entry entry)
    {
        if (!type.IsCollectible)
        {
            _recent[Slot(type)] = entry;
        }

        return entry;
    }

    /// <summary>A type and its value. The table cannot hold null.</summary>
    public sealed class Entry(Type type, TValue value)
    {
        public readonly Type Type = type;
        public readonly TValue Value = value;
    }
}
