namespace Openlayer.Interception.Capture.Converters;

/// <summary>A type whose values are not read. Each is written as a placeholder.</summary>
internal sealed class PlaceholderConverter(string placeholder) : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value) => writer.WritePlaceholder(placeholder);
}
