using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>A kind of content that messages consist of: which class it is, and what of it is recorded.</summary>
/// <param name="TypeName">The class's name; derived classes count too.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Fields">What is recorded, and where it is found.</param>
internal sealed record ContentMapping(string TypeName, ContentKind Kind, params (string Name, ValuePath Path)[] Fields)
{
    /// <summary>What has to be there, where one class is several kinds of content. Default: nothing.</summary>
    public ValuePath? When { get; init; }
}
