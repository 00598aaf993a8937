namespace Openlayer.Interception.Capture;

/// <summary>How values of one type are written to a snapshot. Immutable, made once for each type by <see cref="ShapeCatalog"/>.</summary>
internal abstract class ValueShape
{
    /// <summary>
    /// Writes one value. May throw what the user's code throws while no property name is waiting for its value: the writer then closes
    /// what was opened, and says so there.
    /// </summary>
    public abstract void Write(SnapshotWriter writer, object value);
}
