using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A collection: an array of its items.</summary>
/// <param name="count">Returns the number of items of a collection.</param>
/// <param name="converter">The application's converter for the declared type of the items, or null.</param>
/// <param name="freeze">Copies the collection if its items are immutable. Null for collections that can run code of the application.</param>
internal sealed class CollectionConverter(Func<object, int> count, CustomConverter? converter, CollectionConverter.Freezer? freeze = null) : SnapshotConverter
{
    /// <inheritdoc cref="Freeze"/>
    public delegate object? Freezer(object value, SnapshotConverterCache converters, ref long bytes);

    public static Func<object, int> Counter<T>() =>
        static value => value is ICollection<T> collection ? collection.Count : ((IReadOnlyCollection<T>)value).Count;

    /// <summary>Returns a function that copies an array or a <see cref="List{T}"/>. Null for other types.</summary>
    public static Freezer? FreezerOf(Type type, Type item)
    {
        var method = type == item.MakeArrayType() ? nameof(FreezeArray) : type == typeof(List<>).MakeGenericType(item) ? nameof(FreezeList) : null;
        return method is null
            ? null
            : typeof(CollectionConverter).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(item)
                .CreateDelegate<Freezer>();
    }

    public override object? Freeze(object value, SnapshotConverterCache converters, ref long bytes) =>
        converter is null ? freeze?.Invoke(value, converters, ref bytes) : null;

    public override void Write(SnapshotWriter writer, object value)
    {
        var items = ((IEnumerable)value).GetEnumerator();
        using var _ = items as IDisposable;
        if (!writer.TryOpen(value, isObject: false))
        {
            return;
        }

        for (var index = 0; items.MoveNext() && writer.CanContinue(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(Math.Max(1, count(value) - index)));
                break;
            }

            writer.Write(items.Current, converter);
        }

        writer.Close();
    }

    private static T[]? FreezeArray<T>(object value, SnapshotConverterCache converters, ref long bytes)
    {
        var items = (T[])value;
        return items.Length <= converters.MaxItems && items.Clone() is T[] copy && AreImmutable<T>(copy, converters, ref bytes) ? copy : null;
    }

    private static List<T>? FreezeList<T>(object value, SnapshotConverterCache converters, ref long bytes)
    {
        var items = CollectionsMarshal.AsSpan((List<T>)value);
        if (items.Length > converters.MaxItems)
        {
            return null;
        }

        var copy = new List<T>(items.Length);
        copy.AddRange(items);
        return AreImmutable<T>(CollectionsMarshal.AsSpan(copy), converters, ref bytes) ? copy : null;
    }

    private static bool AreImmutable<T>(ReadOnlySpan<T> items, SnapshotConverterCache converters, ref long bytes)
    {
        bytes += CapturedSize.Entry + ((long)items.Length * Unsafe.SizeOf<T>());
        if (ImmutableScalar.IsTypeOrNullable(typeof(T)))
        {
            return true;
        }

        foreach (var item in items)
        {
            if (!converters.IsImmutable(item, depth: 1, ref bytes))
            {
                return false;
            }
        }

        return true;
    }
}
