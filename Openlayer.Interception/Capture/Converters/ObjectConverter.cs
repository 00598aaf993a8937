using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>An object: its properties in the order of its JSON contract.</summary>
internal sealed class ObjectConverter(IReadOnlyList<ObjectProperty> properties) : SnapshotConverter
{
    private readonly ObjectProperty[] _properties = [.. properties];
    private readonly bool _isReadOnly = properties.All(static property => property.Placeholder is not null || property.IsReadOnly);
    private readonly bool _isCopyable = properties.All(static property => property.Placeholder is not null || property is { IsCopyable: true, NamedBy: null, Tuples: null });
    private readonly ObjectProperty[] _propertiesToInspect = [.. properties.Where(static property => property is { Placeholder: null, IsScalar: false })];

    public bool IsEmpty => _properties.Length == 0;

    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size)
    {
        if (!_isReadOnly)
        {
            return false;
        }

        size.Bytes += CapturedSize.Entry;
        foreach (var property in _propertiesToInspect)
        {
            if (!converters.IsImmutable(property.Get(value), depth + 1, ref size))
            {
                return false;
            }
        }

        return true;
    }

    public override bool TryCopy(object value, int depth, ObjectCopies copies, out object? copy)
    {
        copy = null;
        if (!_isCopyable)
        {
            return false;
        }

        var values = new object?[_properties.Length];
        copy = new CopiedObject(this, values, hasIdentity: !value.GetType().IsValueType);
        if (!copies.TryAdd(value, copy, CapturedSize.Entry + ((long)values.Length * IntPtr.Size)))
        {
            return false;
        }

        for (var index = 0; index < values.Length; index++)
        {
            var property = _properties[index];
            if (property.Placeholder is not null)
            {
                continue;
            }

            var read = property.Get(value);
            if (property.IsIncluded?.Invoke(value, read) == false)
            {
                values[index] = CopiedObject.Excluded;
            }
            else if (read is not null && !(property.Converter?.TryCopy(read, depth + 1, copies, out values[index]) ?? copies.TryCopy(read, depth + 1, out values[index])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes an object as it was when it was copied.</summary>
    public void Write(SnapshotWriter writer, CopiedObject copy)
    {
        if (!writer.TryOpen(copy.HasIdentity ? copy : null, isObject: true))
        {
            return;
        }

        for (var index = 0; index < _properties.Length; index++)
        {
            var property = _properties[index];
            var value = copy.Values[index];
            if (ReferenceEquals(value, CopiedObject.Excluded))
            {
                continue;
            }

            if (!(property.Placeholder is { } placeholder ? WritePlaceholder(writer, property, placeholder) : writer.CanContinue() && WriteValue(writer, property, value)))
            {
                break;
            }
        }

        writer.Close();
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
        if (property.Placeholder is not null)
        {
            return WritePlaceholder(writer, property, property.Placeholder);
        }

        // Getters run only if there is room for the value.
        if (!writer.CanContinue())
        {
            return false;
        }

        if (writer.HasFailed(property, out var failure))
        {
            return WritePlaceholder(writer, property, failure);
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
            return WritePlaceholder(writer, property, writer.AddFailure(property, exception));
        }

        if (property.RunsCode)
        {
            writer.CheckTime();
        }

        if (property.IsExtensionData)
        {
            return WriteExtensionData(writer, read);
        }

        if (property.NamedBy?.Invoke(value) is { } naming && read is not bool && NameOf(naming) is { } name && writer.IsRedacted(name))
        {
            return WritePlaceholder(writer, property, ValueCapture.Redacted);
        }

        return WriteValue(writer, property, read);
    }

    private static bool WriteValue(SnapshotWriter writer, ObjectProperty property, object? read)
    {
        if (!writer.TryWriteName(property.Name))
        {
            return false;
        }

        if (property.Tuples is null)
        {
            writer.Write(read, property.Converter);
            return true;
        }

        var outer = writer.Tuples;
        writer.Tuples = property.Tuples;
        writer.Write(read, property.Converter);
        writer.Tuples = outer;
        return true;
    }

    // A part of a text, too, as the names of ASP.NET Core's headers are.
    private static string? NameOf(object name) => name as string ?? (name.GetType().FullName == "Microsoft.Extensions.Primitives.StringSegment" ? name.ToString() : null);

    private static bool WritePlaceholder(SnapshotWriter writer, ObjectProperty property, string placeholder)
    {
        if (!writer.TryWriteName(property.Name))
        {
            return false;
        }

        writer.WritePlaceholder(placeholder);
        return true;
    }

    private static bool WriteExtensionData(SnapshotWriter writer, object? entries) => entries switch
    {
        IEnumerable<KeyValuePair<string, object?>> values => WriteEntries(writer, values),
        IEnumerable<KeyValuePair<string, JsonElement>> elements => WriteEntries(writer, elements),
        IEnumerable<KeyValuePair<string, JsonNode?>> nodes => WriteEntries(writer, nodes),
        _ => true,
    };

    private static bool WriteEntries<T>(SnapshotWriter writer, IEnumerable<KeyValuePair<string, T>> entries)
    {
        var count = 0;
        foreach (var (name, value) in entries)
        {
            writer.CheckTime();
            if (count++ == writer.MaxItems)
            {
                writer.WriteRemainder(Placeholders.MoreEntries(Math.Max(1, (entries is ICollection<KeyValuePair<string, T>> all ? all.Count : 0) - writer.MaxItems)));
                return true;
            }

            if (!writer.WriteProperty(name, value))
            {
                return false;
            }
        }

        return true;
    }
}
