namespace Openlayer.Interception.Capture.Converters;

/// <summary>An array of more than one dimension: nested arrays.</summary>
internal sealed class MultidimensionalArrayConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value) =>
        Write(writer, (Array)value, new int[((Array)value).Rank], dimension: 0);

    private static void Write(SnapshotWriter writer, Array array, int[] indices, int dimension)
    {
        if (dimension == indices.Length)
        {
            writer.Write(array.GetValue(indices));
            return;
        }

        if (!writer.TryOpen(dimension == 0 ? array : null, isObject: false))
        {
            return;
        }

        var length = array.GetLength(dimension);
        for (var index = 0; index < length && writer.CanContinue(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(length - index));
                break;
            }

            indices[dimension] = array.GetLowerBound(dimension) + index;
            Write(writer, array, indices, dimension + 1);
        }

        writer.Close();
    }
}
