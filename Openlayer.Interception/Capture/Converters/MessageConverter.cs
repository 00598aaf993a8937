namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// A message of a request. One that consists of texts is written in the background. One that a conversation repeats is written once, and then
/// copied.
/// </summary>
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
        foreach (var entry in message.Fields)
        {
            if (!converters.IsImmutable(entry.Value, depth + 1, ref size))
            {
                return false;
            }
        }

        return converters.IsImmutable(message.Content, depth + 1, ref size);
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        var message = (RecordedMessage)value;
        if (!message.IsRepeated)
        {
            WriteFields(writer, message);
        }
        else if (message.JsonFor(writer.Converters) is not { } json || !writer.TryWriteJson(json))
        {
            var start = writer.Position;
            WriteFields(writer, message);
            if (writer.WrittenSince(start) is { } written)
            {
                message.Keep(writer.Converters, written);
            }
        }
    }

    // A conversation can contain the same message twice.
    private static void WriteFields(SnapshotWriter writer, RecordedMessage message)
    {
        if (!writer.TryOpen(value: null, isObject: true))
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
