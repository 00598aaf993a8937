namespace Openlayer.Interception.Capture;

/// <summary><see cref="Memory{T}"/> and <see cref="ReadOnlyMemory{T}"/>: an array of the items.</summary>
internal sealed class MemoryShape<T> : ValueShape
{
    public override void Write(SnapshotWriter writer, object value)
    {
        var memory = value is Memory<T> writable ? writable : (ReadOnlyMemory<T>)value;
        if (!writer.TryOpen(value: null, isObject: false))
        {
            return;
        }

        for (var index = 0; index < memory.Length && writer.CanGoOn(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WriteMark(Placeholders.MoreItems(memory.Length - index));
                break;
            }

            writer.Write(memory.Span[index]);
        }

        writer.Close();
    }
}
