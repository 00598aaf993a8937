namespace Openlayer.Interception.Capture;

/// <summary>How values of one type are written to a snapshot. Immutable, made once for each type by <see cref="ShapeCatalog"/>.</summary>
internal abstract class ValueShape
{
    /// <summary>
    /// Writes one value. May throw what the user's code throws while no property name is waiting for its value: the writer then closes
    /// what was opened, and says so there.
    /// </summary>
    public abstract void Write(SnapshotWriter writer, object value);

    /// <summary>Whether a value is written the same however late: nothing can change it, and no code of the user writes it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shapes">The shapes of what is in it.</param>
    /// <param name="depth">How many objects it is inside of.</param>
    /// <param name="bytes">Increased by about how many bytes of memory the value holds.</param>
    public virtual bool IsImmutable(object value, ShapeCatalog shapes, int depth, ref long bytes) => false;

    /// <summary>What is written the same as the value is now, however late: the value, or a copy. Null where only its JSON would do.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shapes">The shapes of what is in it.</param>
    /// <param name="bytes">Increased by about how many bytes of memory the result holds.</param>
    public virtual object? Freeze(object value, ShapeCatalog shapes, ref long bytes) =>
        IsImmutable(value, shapes, depth: 0, ref bytes) ? value : null;
}
