namespace Openlayer.Interception.Capture.Converters;

/// <summary>A message of a request. One that consists of texts is written in the background.</summary>
internal sealed class MessageConverter : SnapshotConverter
{
    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size)
    {
        var message = (RecordedMessage)value;
        if (!message.IsText)
        {
            return false;
        }

        size.Bytes += CapturedSize.Entry;
        foreach (var field in message.Fields)
        {
            if (!converters.IsImmutable(field.Value, depth + 1, ref size))
            {
                return false;
            }
        }

        return converters.IsImmutable(message.Content, depth + 1, ref size);
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        var message = (RecordedMessage)value;
        if (!writer.TryOpen(message, isObject: true))
        {
            return;
        }

        if (writer.WriteProperty("role", message.Role) && writer.WriteProperty("content", message.Content))
        {
            foreach (var (name, field) in message.Fields)
            {
                if (!writer.WriteProperty(name, field))
                {
                    break;
                }
            }
        }

        writer.Close();
    }
}
