namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>How the items of a value are read.</summary>
internal enum SequenceAccess
{
    /// <summary>The value is text or an object, and has no items.</summary>
    Single,

    /// <summary>By their indexes, through <see cref="System.Collections.IList"/>.</summary>
    List,

    /// <summary>By their indexes, through <see cref="IReadOnlyList{T}"/>, as the lists of some libraries.</summary>
    ReadOnlyList,

    /// <summary>As <see cref="ContentSequence.Parts"/> reads them.</summary>
    Enumerated,
}
