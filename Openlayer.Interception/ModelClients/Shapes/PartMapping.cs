namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>A <see cref="ContentMapping"/> for content parts of one type.</summary>
internal sealed class PartMapping(ContentMapping mapping, Type type)
{
    private readonly Func<object, object?>? _when = mapping.When?.From(type);

    public string TypeName => mapping.TypeName;

    public ContentKind Kind => mapping.Kind;

    public string? MediaKind => mapping.MediaKind;

    /// <summary>The recorded fields, in order. The reader of a field that parts of the type never have is null.</summary>
    public (string Name, Func<object, object?>? Read)[] Fields { get; } = [.. mapping.Fields.Select(field => (field.Name, field.Path.From(type)))];

    /// <summary>Whether a part has the value that the mapping requires.</summary>
    public bool IsMet(object part) => mapping.When is null || _when?.Invoke(part) is not null;
}
