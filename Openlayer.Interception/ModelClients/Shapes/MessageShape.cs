using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>How a message, a response or an item of a streamed response is read from objects of one type. A value that they never have is null.</summary>
internal sealed class MessageShape(ModelOperation operation, TypeCache<PartShape> parts, Type type)
{
    /// <summary>The shapes of the types of an operation's messages.</summary>
    public static TypeCache<MessageShape> CacheOf(ModelOperation operation, TypeCache<PartShape> parts) => new(type => new MessageShape(operation, parts, type));

    /// <summary>The role of all messages of the type. Null if each has its own.</summary>
    public string? FixedRole { get; } = Array.Find(operation.RolesByTypeName, known => known.TypeName == type.Name).Role;

    public Func<object, object?>? Role { get; } = operation.Role.From(type);

    /// <summary>The places of the content, in order.</summary>
    public ContentPlace[] Content { get; } =
    [
        .. operation.Content.Select(path => path.From(type)).OfType<Func<object, object?>>().Select(read => new ContentPlace(read, parts)),
    ];

    public Func<object, object?>? Base64Media { get; } = operation.Base64Media.From(type);

    /// <summary>The further fields of a request's message, in order.</summary>
    public (string Name, Func<object, object?> Read)[] Fields { get; } =
    [
        .. operation.MessageFields
            .Select(field => (field.Name, Read: field.Path.From(type)))
            .Where(static field => field.Read is not null)
            .Select(static field => (field.Name, field.Read!)),
    ];
}
