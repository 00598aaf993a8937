using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Tuples: an array of their items, redacted by the names of the elements. A pair of a name and a value is redacted by its name.</summary>
internal sealed class TupleConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        var tuple = (ITuple)value;
        if (!writer.TryOpen(value.GetType().IsValueType ? null : value, isObject: false))
        {
            return;
        }

        for (var index = 0; index < tuple.Length && writer.CanContinue(); index++)
        {
            if (writer.Tuples?.IsRedacted(value.GetType(), index) == true || (index == 1 && tuple is { Length: 2 } && tuple[0] is string name && writer.IsRedacted(name)))
            {
                writer.WritePlaceholder(ValueCapture.Redacted);
            }
            else
            {
                writer.Write(tuple[index]);
            }
        }

        writer.Close();
    }
}
