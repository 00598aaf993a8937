using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A collection: an array of its items.</summary>
/// <param name="count">Returns the number of items of a collection.</param>
/// <param name="converter">The application's converter for the declared type of the items, or null.</param>
/// <param name="freeze">Copies the collection if its items are immutable. Null for collections that can run code of the application.</param>
internal sealed class CollectionConverter(Func<object, int> count, CustomConverter? converter, CollectionConverter.Freezer? freeze = null) : SnapshotConverter
{
    /// <inheritdoc cref="Freeze"/>
    public delegate object? Freezer(object value, SnapshotConverterCache converters, ref FrozenSize size);

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

    /// <summary>Whether enumerating the collection runs code of the application.</summary>
    public bool RunsCode { get; init; }

    public override object? Freeze(object value, SnapshotConverterCache converters, ref FrozenSize size) =>
        converter is null ? freeze?.Invoke(value, converters, ref size) : null;

    public override bool TryCopy(object value, int depth, ObjectCopies copies, out object? copy)
    {
        copy = null;

        // Only an array or List, whose items may be bytes if they are numbers.
        if (converter is not null || freeze is null || value is not IList items || items.Count > copies.MaxItems || value is Array { Rank: > 1 })
        {
            return false;
        }

        var copied = new object?[items.Count];
        copy = copied;
        if (!copies.TryAdd(value, copied, CapturedSize.Entry + ((long)copied.Length * IntPtr.Size)))
        {
            return false;
        }

        for (var index = 0; index < copied.Length; index++)
        {
            if (items[index] is ValueType || !copies.TryCopy(items[index], depth + 1, out copied[index]))
            {
                return false;
            }
        }

        return true;
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        if (!RunsCode && value is ICollection items && ByteNumbers.AreBytes(items, writer.MediaName))
        {
            BytesConverter.WriteCount(writer, items.Count);
            return;
        }

        // Some collections create their items when they are enumerated first.
        IEnumerator enumerator = !RunsCode && count(value) == 0 ? Array.Empty<object>().GetEnumerator() : ((IEnumerable)value).GetEnumerator();
        using var _ = enumerator as IDisposable;
        if (!writer.TryOpen(value, isObject: false))
        {
            return;
        }

        string? previous = null;
        for (var index = 0; MoveNext(writer, enumerator) && writer.CanContinue(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(Math.Max(1, count(value) - index)));
                break;
            }

            var current = enumerator.Current;
            if (current is string text && NamedItem.IsSecret(writer.Names, previous, text, isPair: index == 1 && count(value) == 2))
            {
                writer.WritePlaceholder(ValueCapture.Redacted);
            }
            else
            {
                writer.Write(current, converter);
            }

            previous = current as string;
        }

        writer.Close();
    }

    private bool MoveNext(SnapshotWriter writer, IEnumerator items)
    {
        var isNext = items.MoveNext();
        if (RunsCode)
        {
            writer.CheckTime();
        }

        return isNext;
    }

    private static T[]? FreezeArray<T>(object value, SnapshotConverterCache converters, ref FrozenSize size)
    {
        var items = (T[])value;
        return items.Length <= converters.MaxItems && items.Clone() is T[] copy && AreImmutable<T>(copy, converters, ref size) ? copy : null;
    }

    private static List<T>? FreezeList<T>(object value, SnapshotConverterCache converters, ref FrozenSize size)
    {
        var items = CollectionsMarshal.AsSpan((List<T>)value);
        if (items.Length > converters.MaxItems)
        {
            return null;
        }

        var copy = new List<T>(items.Length);
        copy.AddRange(items);
        return AreImmutable<T>(CollectionsMarshal.AsSpan(copy), converters, ref size) ? copy : null;
    }

    private static bool AreImmutable<T>(ReadOnlySpan<T> items, SnapshotConverterCache converters, ref FrozenSize size)
    {
        size.Bytes += CapturedSize.Entry + ((long)items.Length * Unsafe.SizeOf<T>());
        if (ImmutableScalar.IsTypeOrNullable(typeof(T)))
        {
            return true;
        }

        foreach (var item in items)
        {
            if (!converters.IsImmutable(item, depth: 1, ref size))
            {
                return false;
            }
        }

        return true;
    }
}
