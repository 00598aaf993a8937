using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Maps an SDK's class of content parts to a kind, and says which of its values are recorded.</summary>
/// <param name="TypeName">The class's name without namespace. Derived classes match too. Of a JSON object, the value of <c>type</c>.</param>
/// <param name="Kind">The kind of content.</param>
/// <param name="Fields">The recorded fields: their names, and their paths from the part.</param>
internal sealed record ContentMapping(string TypeName, ContentKind Kind, params (string Name, ValuePath Path)[] Fields)
{
    /// <summary>The kind of media, <c>image</c> or <c>audio</c>, where its media type may not say it.</summary>
    public string? MediaKind { get; init; }

    /// <summary>The value a part must have to match, for classes that represent several kinds. Null matches every part.</summary>
    public ValuePath? When { get; init; }
}
