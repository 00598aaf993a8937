namespace Openlayer.Interception.Capture;

/// <summary>A type that is written by one function.</summary>
internal sealed class DelegateShape(Action<SnapshotWriter, object> write) : ValueShape
{
    public override void Write(SnapshotWriter writer, object value) => write(writer, value);
}
