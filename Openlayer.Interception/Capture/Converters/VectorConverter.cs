using System.Numerics;

namespace Openlayer.Interception.Capture.Converters;

/// <summary><see cref="Vector{T}"/>: an array of its items.</summary>
internal sealed class VectorConverter<T> : SnapshotConverter
{
    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size) => true;

    public override void Write(SnapshotWriter writer, object value)
    {
        var items = new T[Vector<T>.Count];
        ((Vector<T>)value).CopyTo(items);
        writer.Write(items);
    }
}
