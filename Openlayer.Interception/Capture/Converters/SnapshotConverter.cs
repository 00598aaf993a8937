namespace Openlayer.Interception.Capture.Converters;

/// <summary>Writes the values of one type to a snapshot. Immutable. <see cref="SnapshotConverterCache"/> creates one for each type.</summary>
internal abstract class SnapshotConverter
{
    /// <summary>
    /// Writes one value. Exceptions of the application's code may escape, except between a property name and its value. The writer then
    /// closes what was opened and writes a placeholder.
    /// </summary>
    public abstract void Write(SnapshotWriter writer, object value);

    /// <summary>Whether the JSON of a value cannot change: the value is immutable, and writing it runs no code of the application.</summary>
    /// <param name="value">The value.</param>
    /// <param name="converters">The converters of the values in it.</param>
    /// <param name="depth">The number of objects that contain the value.</param>
    /// <param name="size">Increased by the size of the value.</param>
    public virtual bool IsImmutable(object value, SnapshotConverterCache converters, int depth, ref FrozenSize size) => false;

    /// <summary>An object whose JSON will always be what the JSON of the value is now: the value itself or a copy. Null if there is none.</summary>
    /// <param name="value">The value.</param>
    /// <param name="converters">The converters of the values in it.</param>
    /// <param name="size">Increased by the size of the result.</param>
    public virtual object? Freeze(object value, SnapshotConverterCache converters, ref FrozenSize size) =>
        IsImmutable(value, converters, depth: 0, ref size) ? value : null;

    /// <summary>Copies a value whose JSON can change. Runs no code of the application.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">The number of objects that contain the value.</param>
    /// <param name="copies">Copies the values in it.</param>
    /// <param name="copy">An object whose JSON will always be what the JSON of the value is now.</param>
    /// <returns>Whether the value was copied.</returns>
    public virtual bool TryCopy(object value, int depth, ObjectCopies copies, out object? copy)
    {
        copy = null;
        return false;
    }
}
