using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Tuples: an array of their items.</summary>
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
            writer.Write(tuple[index]);
        }

        writer.Close();
    }
}
