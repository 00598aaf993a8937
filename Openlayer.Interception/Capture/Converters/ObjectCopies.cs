using System.Diagnostics.CodeAnalysis;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// The state of one copy of an object with what it refers to: a copy is faster than writing JSON, which can then be done in the background.
/// Each thread reuses its own. Not thread-safe.
/// </summary>
internal sealed class ObjectCopies
{
    // A larger value is written instead.
    private const int MaxObjects = 64;

    [ThreadStatic]
    private static ObjectCopies? _idle;

    private readonly List<(object Original, object Copy)> _copies = [];
    private SnapshotConverterCache _converters = null!;
    private FrozenSize _size;

    private ObjectCopies()
    {
    }

    /// <summary>The maximum number of items of one collection.</summary>
    public int MaxItems => _converters.MaxItems;

    /// <summary>
    /// Copies a value. Runs no code of the application. Null if that is not possible.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="converters">The converters of the types in it.</param>
    /// <param name="bytes">The estimated memory of the copy, in bytes.</param>
    public static object? Of(object value, SnapshotConverterCache converters, out long bytes)
    {
        var copies = _idle ?? new ObjectCopies();
        _idle = null;
        copies._converters = converters;
        copies._size = default;
        try
        {
            var isCopied = copies.TryCopy(value, depth: 0, out var copy);
            bytes = copies._size.Bytes;
            return isCopied ? copy : null;
        }
        catch (Exception)
        {
            // A getter of a library has thrown. The snapshot says which.
            bytes = 0;
            return null;
        }
        finally
        {
            copies._copies.Clear();
            copies._converters = null!;
            _idle = copies;
        }
    }

    /// <summary>Copies a value of an object, or the item of a collection.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">The number of objects that contain it.</param>
    /// <param name="copy">The value itself if it cannot change, else a copy.</param>
    public bool TryCopy(object? value, int depth, out object? copy)
    {
        copy = value;
        if (value is null)
        {
            return true;
        }

        if (depth > 0 && _converters.IsImmutable(value, depth, ref _size))
        {
            return depth <= _converters.MaxDepth;
        }

        // An object that was copied before stays one object.
        return depth <= _converters.MaxDepth
            && (TryFind(value, out copy)
                || (_converters.TryGet(value.GetType(), out var converter) && converter.TryCopy(value, depth, this, out copy)));
    }

    /// <summary>Adds a copy, before it is complete. False if there are too many.</summary>
    /// <param name="original">The object.</param>
    /// <param name="copy">Its copy.</param>
    /// <param name="bytes">The estimated memory of the copy alone, in bytes.</param>
    public bool TryAdd(object original, object copy, long bytes)
    {
        _size.Bytes += bytes;
        _copies.Add((original, copy));
        return _copies.Count <= MaxObjects;
    }

    private bool TryFind(object original, [NotNullWhen(true)] out object? copy)
    {
        foreach (var known in _copies)
        {
            if (ReferenceEquals(known.Original, original))
            {
                copy = known.Copy;
                return true;
            }
        }

        copy = null;
        return false;
    }
}
