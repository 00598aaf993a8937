namespace Openlayer.Interception.Reflection;

/// <summary>
/// Look-ups of a <see cref="TypeCache{TValue}"/> in a place where the type is mostly the same as the last time. Comparing the type takes a
/// fraction of the look-up. Thread-safe.
/// </summary>
/// <param name="cache">Has the values.</param>
internal sealed class LastType<TValue>(TypeCache<TValue> cache)
{
    // Never of a collectible type, which it would keep.
    private TypeCache<TValue>.Entry? _last;

    public TValue Get(Type type) => _last is { } last && ReferenceEquals(last.Type, type) ? last.Value : Find(type);

    private TValue Find(Type type)
    {
        var entry = cache.GetEntry(type);
        if (!type.IsCollectible)
        {
            _last = entry;
        }

        return entry.Value;
    }
}
