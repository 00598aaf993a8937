using System.Collections.Immutable;

namespace Openlayer.Interception.Capture.Converters;

/// <summary><see cref="ImmutableArray{T}"/>: an array of its items, null if it was not initialized.</summary>
/// <param name="type">A constructed <see cref="ImmutableArray{T}"/>.</param>
/// <param name="items">Writes the items.</param>
internal sealed class ImmutableArrayConverter(Type type, SnapshotConverter items) : SnapshotConverter
{
    private readonly object _uninitialized = Activator.CreateInstance(type)!;

    public override void Write(SnapshotWriter writer, object value)
    {
        if (value.Equals(_uninitialized))
        {
            writer.WriteNull();
        }
        else
        {
            items.Write(writer, value);
        }
    }
}
