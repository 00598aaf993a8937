using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>A model client: the type that identifies it, and what its methods do. An entry of <see cref="KnownClients"/>, or one of the application.</summary>
internal sealed record ProviderClient
{
    /// <summary>The full name of the interface or class. Null if <see cref="Type"/> or an attribute identifies the client.</summary>
    public string? TypeName { get; init; }

    /// <summary>The simple name of the assembly that defines the type. A type of the same name in another assembly does not match.</summary>
    public string? AssemblyName { get; init; }

    /// <summary>The interface or class, for a client that the application registers.</summary>
    public Type? Type { get; init; }

    /// <summary>The provider, if the type determines it.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The class, in the client's assembly, that the client's <c>GetService(Type, object)</c> returns to describe itself. Null if there is no
    /// such class.
    /// </summary>
    public string? MetadataTypeName { get; init; }

    /// <summary>
    /// The abstract class, in the client's assembly, that passes all calls to another object of the client's class, which is the parameter of
    /// its constructor. Proxies of it stand for objects whose own class is sealed. Null if there is none.
    /// </summary>
    public string? DecoratorTypeName { get; init; }

    /// <summary>Whether a layer above or below the client can call functions on behalf of a model.</summary>
    public bool TakesTools { get; init; }

    /// <summary>The provider; from that metadata.</summary>
    public ValuePath MetadataProvider { get; init; } = new("ProviderName");

    /// <summary>The model used by requests that name none; from that metadata, else from the client.</summary>
    public ValuePath DefaultModel { get; init; } = ValuePath.None;

    /// <summary>The address that the client calls; from that metadata, else from the client.</summary>
    public ValuePath Endpoint { get; init; } = new("ProviderUri");

    /// <summary>The methods that make requests.</summary>
    public ModelOperation[] Operations { get; init; } = [];

    /// <summary>The methods, and properties as <c>get_Name</c>, that return other clients. These are traced too.</summary>
    public string[] FactoryMembers { get; init; } = [];

    public bool Matches(Type type) =>
        Type is not null
            ? Type == (Type.IsGenericTypeDefinition ? type.Definition() : type)
            : TypeName is not null && TypeName == type.Definition().FullName && AssemblyName == type.Assembly.GetName().Name;
}
