namespace Openlayer.Interception.Capture.Converters;

/// <summary>A type that one function writes.</summary>
/// <param name="write">The function.</param>
/// <param name="isImmutable">Whether values of the type are immutable.</param>
internal sealed class DelegateConverter(Action<SnapshotWriter, object> write, bool isImmutable = false) : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value) => write(writer, value);

    public override bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size) => isImmutable;
}
