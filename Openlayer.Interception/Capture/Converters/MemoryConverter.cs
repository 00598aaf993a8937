namespace Openlayer.Interception.Capture.Converters;

/// <summary><see cref="Memory{T}"/> and <see cref="ReadOnlyMemory{T}"/>: an array of the items.</summary>
internal sealed class MemoryConverter<T> : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        var memory = value is Memory<T> writable ? writable : (ReadOnlyMemory<T>)value;
        if (!writer.TryOpen(value: null, isObject: false))
        {
            return;
        }

        for (var index = 0; index < memory.Length && writer.CanContinue(); index++)
        {
            if (index == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(memory.Length - index));
                break;
            }

            writer.Write(memory.Span[index]);
        }

        writer.Close();
    }
}
