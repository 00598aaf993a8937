namespace Openlayer.Interception.Capture;

/// <summary>A type whose values are not read: a mark stands for each.</summary>
internal sealed class MarkShape(string mark) : ValueShape
{
    public override void Write(SnapshotWriter writer, object value) => writer.WriteMark(mark);
}
