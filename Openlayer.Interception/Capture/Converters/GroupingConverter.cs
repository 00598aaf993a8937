using System.Collections.ObjectModel;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A group of items that exist already: <c>{"Key": ..., "Items": [...]}</c>.</summary>
internal sealed class GroupingConverter<TKey, TItem> : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value, isObject: true))
        {
            return;
        }

        var group = (IGrouping<TKey, TItem>)value;
        if (writer.TryWriteName("Key"))
        {
            writer.Write(group.Key);
            if (group.Key is string name && writer.IsRedacted(name))
            {
                writer.WriteProperty("Items", ValueCapture.Redacted);
            }
            else
            {
                writer.WriteProperty("Items", new ReadOnlyCollection<TItem>((IList<TItem>)group));
            }
        }

        writer.Close();
    }
}
