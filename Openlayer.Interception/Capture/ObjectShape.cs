using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Capture;

/// <summary>An object: its properties in the order of its JSON contract.</summary>
internal sealed class ObjectShape(IReadOnlyList<ObjectProperty> properties) : ValueShape
{
    private readonly ObjectProperty[] _properties = [.. properties];
    private readonly bool _isSetOnce = properties.All(static property => property.Mark is not null || property.IsSetOnce);
    private readonly ObjectProperty[] _toLookInto = [.. properties.Where(static property => property is { Mark: null, IsScalar: false })];

    public override bool IsImmutable(object value, ShapeCatalog shapes, int depth, ref long bytes)
    {
        if (!_isSetOnce)
        {
            return false;
        }

        bytes += CapturedSize.Entry;
        foreach (var property in _toLookInto)
        {
            if (!shapes.IsImmutable(property.Get(value), depth + 1, ref bytes))
            {
                return false;
            }
        }

        return true;
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value.GetType().IsValueType ? null : value, isObject: true))
        {
            return;
        }

        foreach (var property in _properties)
        {
            if (!Write(writer, value, property))
            {
                break;
            }
        }

        writer.Close();
    }

    private static bool Write(SnapshotWriter writer, object value, ObjectProperty property)
    {
        if (property.Mark is not null)
        {
            return WriteMark(writer, property, property.Mark);
        }

        // No getter runs for nothing.
        if (!writer.CanGoOn())
        {
            return false;
        }

        object? read;
        try
        {
            read = property.Get(value);
            if (property.IsIncluded?.Invoke(value, read) == false)
            {
                return true;
            }
        }
        catch (Exception exception)
        {
            return WriteMark(writer, property, Placeholders.Threw(exception));
        }

        if (property.IsExtensionData)
        {
            return WriteExtensionData(writer, read);
        }

        if (!writer.TryWriteName(property.Name))
        {
            return false;
        }

        writer.Write(read, property.Converter);
        return true;
    }

    private static bool WriteMark(SnapshotWriter writer, ObjectProperty property, string mark)
    {
        if (!writer.TryWriteName(property.Name))
        {
            return false;
        }

        writer.WriteMark(mark);
        return true;
    }

    private static bool WriteExtensionData(SnapshotWriter writer, object? entries) => entries switch
    {
        IEnumerable<KeyValuePair<string, object?>> values => values.All(entry => writer.WriteProperty(entry.Key, entry.Value)),
        IEnumerable<KeyValuePair<string, JsonElement>> elements => elements.All(entry => writer.WriteProperty(entry.Key, entry.Value)),
        IEnumerable<KeyValuePair<string, JsonNode?>> nodes => nodes.All(entry => writer.WriteProperty(entry.Key, entry.Value)),
        _ => true,
    };
}
