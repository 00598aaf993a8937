using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>A model client: which type it is, and what its methods do. An entry of <see cref="ClientRecognizer"/>.</summary>
internal sealed record ProviderClient
{
    /// <summary>The full name of the interface or class. Null for one that is known by its type or says itself what it is.</summary>
    public string? TypeName { get; init; }

    /// <summary>The assembly that defines it: a type of the same name elsewhere is another type.</summary>
    public string? AssemblyName { get; init; }

    /// <summary>The interface or class, where an application names it.</summary>
    public Type? Type { get; init; }

    /// <summary>The provider, where the type alone says it.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The class, in the same assembly, of which the client's <c>GetService(Type, object)</c> gives an instance that says more about the
    /// client. Null if there is none.
    /// </summary>
    public string? MetadataTypeName { get; init; }

    /// <summary>The provider; from the metadata.</summary>
    public ValuePath MetadataProvider { get; init; } = new("ProviderName");

    /// <summary>The model that is used where a request names none; from the metadata, else from the client.</summary>
    public ValuePath DefaultModel { get; init; } = ValuePath.None;

    /// <summary>What makes requests.</summary>
    public ModelOperation[] Operations { get; init; } = [];

    /// <summary>
    /// The methods, and properties as <c>get_Name</c>, whose results are clients of the same container: their calls are traced too.
    /// </summary>
    public string[] FactoryMembers { get; init; } = [];

    public bool Matches(Type type) =>
        Type is not null
            ? Type == (Type.IsGenericTypeDefinition && type.IsGenericType ? type.GetGenericTypeDefinition() : type)
            : TypeName is not null && TypeName == NameOf(type) && AssemblyName == type.Assembly.GetName().Name;

    private static string? NameOf(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition().FullName : type.FullName;
}
