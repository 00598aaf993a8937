using System.Collections;

namespace Openlayer.Interception.Capture;

/// <summary>A collection: an array of its items.</summary>
/// <param name="count">How many items a collection has.</param>
/// <param name="converter">The user's converter for the items' declared type, if there is one.</param>
internal sealed class SequenceShape(Func<object, int> count, ConvertedShape? converter) : ValueShape
{
    public static Func<object, int> Counter<T>() =>
        static value => value is ICollection<T> collection ? collection.Count : ((IReadOnlyCollection<T>)value).Count;

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
                writer.WriteMark(Marks.MoreItems(Math.Max(1, count(value) - index)));
                break;
            }

            writer.Write(items.Current, converter);
        }

        writer.Close();
    }
}
