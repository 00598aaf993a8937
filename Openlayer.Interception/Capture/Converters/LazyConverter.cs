using System.Reflection;

namespace Openlayer.Interception.Capture.Converters;

/// <summary><see cref="Lazy{T}"/>: its value if that has been created, else a placeholder.</summary>
/// <param name="type">A constructed <see cref="Lazy{T}"/>.</param>
internal sealed class LazyConverter(Type type) : SnapshotConverter
{
    private readonly PropertyInfo _isValueCreated = type.GetProperty(nameof(Lazy<object>.IsValueCreated))!;
    private readonly PropertyInfo _value = type.GetProperty(nameof(Lazy<object>.Value))!;
    private readonly string _placeholder = Placeholders.Unread(type);

    public override void Write(SnapshotWriter writer, object value)
    {
        if (_isValueCreated.GetValue(value) is true)
        {
            writer.Write(_value.GetValue(value));
        }
        else
        {
            writer.WritePlaceholder(_placeholder);
        }
    }
}
