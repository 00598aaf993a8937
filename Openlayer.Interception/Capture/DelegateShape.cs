namespace Openlayer.Interception.Capture;

/// <summary>A type that is written by one function.</summary>
/// <param name="write">The function.</param>
/// <param name="isImmutable">Whether nothing can change its values.</param>
internal sealed class DelegateShape(Action<SnapshotWriter, object> write, bool isImmutable = false) : ValueShape
{
    public override void Write(SnapshotWriter writer, object value) => write(writer, value);

    public override bool IsImmutable(object value, ShapeCatalog shapes, int depth, ref long bytes) => isImmutable;
}
