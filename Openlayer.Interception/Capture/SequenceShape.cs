using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Openlayer.Interception.Capture;

/// <summary>A collection: an array of its items.</summary>
/// <param name="count">How many items a collection has.</param>
/// <param name="converter">The user's converter for the items' declared type, if there is one.</param>
/// <param name="freeze">Makes a copy, if nothing that is in it can change. Null for collections that may have code of the user.</param>
internal sealed class SequenceShape(Func<object, int> count, ConvertedShape? converter, SequenceShape.Freezer? freeze = null) : ValueShape
{
    /// <inheritdoc cref="Freeze"/>
    public delegate object? Freezer(object value, ShapeCatalog shapes, ref long bytes);

    public static Func<object, int> Counter<T>() =>
        static value => value is ICollection<T> collection ? collection.Count : ((IReadOnlyCollection<T>)value).Count;

    /// <summary>What copies an array or a <see cref="List{T}"/>. Null for other types.</summary>
    public static Freezer? FreezerOf(Type type, Type item)
    {
        var method = type == item.MakeArrayType() ? nameof(FreezeArray) : type == typeof(List<>).MakeGenericType(item) ? nameof(FreezeList) : null;
        return method is null
            ? null
            : typeof(SequenceShape).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(item)
                .CreateDelegate<Freezer>();
    }

    public override object? Freeze(object value, ShapeCatalog shapes, ref long bytes) =>
        converter is null ? freeze?.Invoke(value, shapes, ref bytes) : null;

    public override void Write(SnapshotWriter writer, object value)
    {
        var items = ((IEnumerable)value).GetEnumerator();
        using var _ = items as IDisposable;
        if (!writer.TryOpen(value, isObject: false))
        {
            return;
        }

        for (var index = 0; items.MoveNext() && writer.CanGoOn(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WriteMark(Placeholders.MoreItems(Math.Max(1, count(value) - index)));
                break;
            }

            writer.Write(items.Current, converter);
        }

        writer.Close();
    }

    private static T[]? FreezeArray<T>(object value, ShapeCatalog shapes, ref long bytes)
    {
        var items = (T[])value;
        return items.Length <= shapes.MaxItems && items.Clone() is T[] copy && AreImmutable<T>(copy, shapes, ref bytes) ? copy : null;
    }

    private static List<T>? FreezeList<T>(object value, ShapeCatalog shapes, ref long bytes)
    {
        var items = CollectionsMarshal.AsSpan((List<T>)value);
        if (items.Length > shapes.MaxItems)
        {
            return null;
        }

        var copy = new List<T>(items.Length);
        copy.AddRange(items);
        return AreImmutable<T>(CollectionsMarshal.AsSpan(copy), shapes, ref bytes) ? copy : null;
    }

    private static bool AreImmutable<T>(ReadOnlySpan<T> items, ShapeCatalog shapes, ref long bytes)
    {
        bytes += CapturedSize.Entry + ((long)items.Length * Unsafe.SizeOf<T>());
        if (ImmutableScalar.IsTypeOrNullable(typeof(T)))
        {
            return true;
        }

        foreach (var item in items)
        {
            if (!shapes.IsImmutable(item, depth: 1, ref bytes))
            {
                return false;
            }
        }

        return true;
    }
}
