using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>JSON values: copied, within the limits and redacted by name.</summary>
internal sealed class JsonValueConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        switch (value)
        {
            case JsonElement element:
                WriteElement(writer, element);
                break;
            case JsonDocument document:
                WriteElement(writer, document.RootElement);
                break;
            case JsonProperty property:
                WriteProperty(writer, property);
                break;
            case JsonObject entries:
                WriteObject(writer, entries);
                break;
            case JsonArray items:
                WriteArray(writer, items);
                break;
            case JsonValue scalar when scalar.TryGetValue<JsonElement>(out var element):
                WriteElement(writer, element);
                break;
            case JsonValue scalar:
                // Created from an object of the application, which has a converter of its own.
                writer.Write(scalar.GetValue<object>());
                break;
            default:
                writer.WritePlaceholder(Placeholders.Unread(value.GetType()));
                break;
        }
    }

    public static void WriteElement(SnapshotWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, element);
                break;
            case JsonValueKind.Array:
                WriteArray(writer, element);
                break;
            case JsonValueKind.String:
                writer.WriteText(element.GetString());
                break;
            case JsonValueKind.Number:
                writer.WriteNumber(element.GetRawText());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(element.ValueKind == JsonValueKind.True);
                break;
            default:
                writer.WriteNull();
                break;
        }
    }

    private static void WriteProperty(SnapshotWriter writer, JsonProperty property)
    {
        if (writer.TryOpen(value: null, isObject: true))
        {
            writer.WriteProperty(property.Name, property.Value);
            writer.Close();
        }
    }

    private static void WriteObject(SnapshotWriter writer, JsonElement element)
    {
        if (!writer.TryOpen(value: null, isObject: true))
        {
            return;
        }

        var count = 0;
        var isNamedSecret = IsNamedSecret(writer, element);
        foreach (var property in element.EnumerateObject())
        {
            if (++count > writer.MaxItems)
            {
                continue;
            }

            if (!writer.TryWriteName(property.Name))
            {
                break;
            }

            if (property.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
                && !JsonSchema.Describes(property.Value)
                && (writer.IsRedacted(property.Name) || (isNamedSecret && NamedPair.IsValue(property.Name))))
            {
                writer.WritePlaceholder(ValueCapture.Redacted);
            }
            else if (property.NameEquals("data") && ByteNumbers.AreOfBuffer(element, property.Value))
            {
                BytesConverter.WriteCount(writer, property.Value.GetArrayLength());
            }
            else
            {
                writer.Attempt(property.Value, WriteElement);
            }
        }

        if (count > writer.MaxItems)
        {
            writer.WriteRemainder(Placeholders.MoreEntries(count - writer.MaxItems));
        }

        writer.Close();
    }

    // {"name": "Authorization", "value": "..."}
    private static bool IsNamedSecret(SnapshotWriter writer, JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String && NamedPair.IsName(property.Name) && writer.IsRedacted(property.Value.GetString()!))
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteArray(SnapshotWriter writer, JsonElement element)
    {
        if (ByteNumbers.AreBytes(element, writer.MediaName))
        {
            BytesConverter.WriteCount(writer, element.GetArrayLength());
            return;
        }

        if (!writer.TryOpen(value: null, isObject: false))
        {
            return;
        }

        var count = 0;
        var length = element.GetArrayLength();
        string? previous = null;
        foreach (var item in element.EnumerateArray())
        {
            if (!writer.CanContinue())
            {
                break;
            }

            if (count++ == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(element.GetArrayLength() - writer.MaxItems));
                break;
            }

            var text = length <= NamedItem.MaxItems ? TextOf(item) : null;
            if (text is not null && NamedItem.IsSecret(writer.Names, previous, text, isPair: count == 2 && length == 2))
            {
                writer.WritePlaceholder(ValueCapture.Redacted);
            }
            else
            {
                writer.Attempt(item, WriteElement);
            }

            previous = text;
        }

        writer.Close();
    }

    // Null for other values, and for text that is not valid Unicode.
    private static string? TextOf(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.String ? item.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void WriteObject(SnapshotWriter writer, JsonObject entries)
    {
        if (!writer.TryOpen(entries, isObject: true))
        {
            return;
        }

        var count = 0;
        var isNamedSecret = entries.Any(entry => NamedPair.IsName(entry.Key)
            && entry.Value is JsonValue value && value.TryGetValue<string>(out var named) && writer.IsRedacted(named));
        foreach (var (name, node) in entries)
        {
            if (count++ == writer.MaxItems)
            {
                writer.WriteRemainder(Placeholders.MoreEntries(entries.Count - writer.MaxItems));
                break;
            }

            var isValue = isNamedSecret && NamedPair.IsValue(name);
            if (!(isValue ? writer.WriteProperty(name, ValueCapture.Redacted)
                : JsonSchema.Describes(node) ? writer.TryWriteName(name) && Write(writer, (JsonObject)node!)
                : writer.WriteProperty(name, node)))
            {
                break;
            }
        }

        writer.Close();
    }

    private static bool Write(SnapshotWriter writer, JsonObject node)
    {
        writer.Attempt(node, WriteObject);
        return true;
    }

    private static void WriteArray(SnapshotWriter writer, JsonArray items)
    {
        if (ByteNumbers.AreBytes(items, writer.MediaName))
        {
            BytesConverter.WriteCount(writer, items.Count);
            return;
        }

        if (!writer.TryOpen(items, isObject: false))
        {
            return;
        }

        var count = 0;
        foreach (var node in items)
        {
            if (!writer.CanContinue())
            {
                break;
            }

            if (count++ == writer.MaxItems)
            {
                writer.WritePlaceholder(Placeholders.MoreItems(items.Count - writer.MaxItems));
                break;
            }

            writer.Write(node);
        }

        writer.Close();
    }
}
