using System.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>A struct whose value is in a few numbers, such as a vector: an array of them.</summary>
/// <param name="type">The type, with public fields.</param>
internal sealed class FieldsConverter(Type type) : SnapshotConverter
{
    private readonly FieldInfo[] _fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public);

    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size) => true;

    public override void Write(SnapshotWriter writer, object value)
    {
        if (!writer.TryOpen(value: null, isObject: false))
        {
            return;
        }

        foreach (var field in _fields)
        {
            if (!writer.CanContinue())
            {
                break;
            }

            writer.Write(field.GetValue(value));
        }

        writer.Close();
    }
}
