using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>How values of a response are read from objects of one type. A value that they never have is null.</summary>
internal sealed class ResponseShape(ModelOperation operation, Type type)
{
    /// <summary>The shapes of the types in the responses of an operation.</summary>
    public static TypeCache<ResponseShape> CacheOf(ModelOperation operation) => new(type => new ResponseShape(operation, type));

    public Type Type { get; } = type;

    public Func<object, object?>? Response { get; } = operation.Response.From(type);

    public Func<object, object?>? Messages { get; } = operation.ResponseMessages.From(type);

    public Func<object, object?>? ChoiceIndex { get; } = operation.ChoiceIndex.From(type);

    public Func<object, object?>? MetadataSource { get; } = operation.MetadataSource.From(type);

    public Func<object, object?>? ServedModel { get; } = operation.ServedModel.From(type);

    public Func<object, object?>? Usage { get; } = operation.Usage.From(type);

    public Func<object, object?>? Output { get; } = operation.Output.From(type);

    public Func<object, object?>? Error { get; } = operation.Error.From(type);

    /// <summary>The metadata that there can be, and their positions among all of the operation.</summary>
    public (int Index, string Name, Func<object, object?> Read)[] Metadata { get; } =
    [
        .. operation.Metadata
            .Select((entry, index) => (Index: index, entry.Name, Read: entry.Path.From(type)))
            .Where(static entry => entry.Read is not null)
            .Select(static entry => (entry.Index, entry.Name, entry.Read!)),
    ];
}
