using System.Collections;
using System.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// A configuration or a section of it: an object of its keys, redacted by the keys and the path of the section. The interfaces are found by
/// name, because the library does not reference them.
/// </summary>
internal sealed class ConfigurationConverter : SnapshotConverter
{
    private const string Configuration = "Microsoft.Extensions.Configuration.IConfiguration";
    private const string Section = "Microsoft.Extensions.Configuration.IConfigurationSection";

    private readonly MethodInfo _children;
    private readonly PropertyInfo? _key;
    private readonly PropertyInfo? _path;
    private readonly PropertyInfo? _value;

    private ConfigurationConverter(Type configuration, Type? section)
    {
        _children = configuration.GetMethod("GetChildren")!;
        _key = section?.GetProperty("Key");
        _path = section?.GetProperty("Path");
        _value = section?.GetProperty("Value");
    }

    /// <summary>The converter of a type. Null if it is no configuration.</summary>
    public static ConfigurationConverter? Find(Type type)
    {
        var configuration = Array.Find(type.GetInterfaces(), static contract => contract.FullName == Configuration);
        return configuration is null ? null : new ConfigurationConverter(configuration, configuration.Assembly.GetType(Section));
    }

    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value, isObject: true))
        {
            return;
        }

        if (_path is not null && _path.DeclaringType!.IsInstanceOfType(value) && _path.GetValue(value) is string path)
        {
            WriteEntry(writer, value, isRedacted: writer.IsRedacted(path));
        }
        else
        {
            WriteChildren(writer, value);
        }

        writer.Close();
    }

    private void WriteChildren(SnapshotWriter writer, object configuration)
    {
        var count = 0;
        foreach (var section in (IEnumerable)_children.Invoke(configuration, null)!)
        {
            if (count++ == writer.MaxItems)
            {
                writer.WriteRemainder(Placeholders.MoreEntries(1));
                break;
            }

            if (!WriteEntry(writer, section, isRedacted: false))
            {
                break;
            }
        }
    }

    // A key with its value, or with the object of the keys below it.
    private bool WriteEntry(SnapshotWriter writer, object section, bool isRedacted)
    {
        var key = (string)_key!.GetValue(section)!;
        if (isRedacted || _value!.GetValue(section) is { } || !((IEnumerable)_children.Invoke(section, null)!).GetEnumerator().MoveNext())
        {
            return writer.WriteProperty(key, isRedacted ? ValueCapture.Redacted : _value!.GetValue(section));
        }

        if (!writer.TryWriteName(key))
        {
            return false;
        }

        if (writer.IsRedacted(key))
        {
            writer.WritePlaceholder(ValueCapture.Redacted);
        }
        else if (writer.TryOpen(value: null, isObject: true))
        {
            WriteChildren(writer, section);
            writer.Close();
        }

        return true;
    }
}
