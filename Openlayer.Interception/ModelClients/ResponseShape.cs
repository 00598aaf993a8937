using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Which values of a response the objects of one type can have. The items of a stream have few of them, and a path that leads nowhere takes as
/// long to follow as any other.
/// </summary>
internal sealed class ResponseShape(ModelOperation operation, Type type)
{
    /// <summary>The shapes of the types in the responses of an operation.</summary>
    public static TypeCache<ResponseShape> CacheOf(ModelOperation operation) => new(type => new ResponseShape(operation, type));

    public bool HasResponse { get; } = operation.Response.MayLeadFrom(type);

    public bool HasMessages { get; } = operation.ResponseMessages.MayLeadFrom(type);

    public bool HasChoiceIndex { get; } = operation.ChoiceIndex.MayLeadFrom(type);

    public bool HasMetadataSource { get; } = operation.MetadataSource.MayLeadFrom(type);

    public bool HasServedModel { get; } = operation.ServedModel.MayLeadFrom(type);

    public bool HasUsage { get; } = operation.Usage.MayLeadFrom(type);

    public bool HasOutput { get; } = operation.Output.MayLeadFrom(type);

    public bool HasError { get; } = operation.Error.MayLeadFrom(type);

    /// <summary>The metadata, and their positions among all of the operation.</summary>
    public (int Index, string Name, ValuePath Path)[] Metadata { get; } =
    [
        .. operation.Metadata.Select(static (entry, index) => (index, entry.Name, entry.Path)).Where(entry => entry.Path.MayLeadFrom(type)),
    ];

    public Type Type { get; } = type;
}
