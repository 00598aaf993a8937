namespace Openlayer.Interception.Capture.Converters;

/// <summary>The values of an object's properties when it was captured.</summary>
/// <param name="type">Writes the properties.</param>
/// <param name="values">The values, in the order of the properties.</param>
/// <param name="hasIdentity">Whether the object is not a struct, and so is written once.</param>
internal sealed class CopiedObject(ObjectConverter type, object?[] values, bool hasIdentity)
{
    /// <summary>In place of a property that is not written.</summary>
    public static readonly object Excluded = new();

    public object?[] Values => values;

    public bool HasIdentity => hasIdentity;

    public void WriteTo(SnapshotWriter writer) => type.Write(writer, this);
}
