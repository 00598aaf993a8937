namespace Openlayer.Interception.Providers;

/// <summary>A model client: which type it is, and what its methods do. An entry of <see cref="ProviderClients"/>.</summary>
internal sealed record ProviderClient
{
    /// <summary>The full name of the interface or class. Null for one that says itself what it is, by <see cref="ProviderClientAttribute"/>.</summary>
    public string? TypeName { get; init; }

    /// <summary>The assembly that defines it: a type of the same name elsewhere is another type.</summary>
    public string? AssemblyName { get; init; }

    /// <summary>The provider, where the type alone says it.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The class, in the same assembly, of which the client's <c>GetService(Type, object)</c> gives an instance that says more about the
    /// client. Null if there is none.
    /// </summary>
    public string? MetadataTypeName { get; init; }

    /// <summary>The provider; from the metadata.</summary>
    public ValuePath MetadataProvider { get; init; } = new("ProviderName");

    /// <summary>The model that is used where a request names none; from the metadata.</summary>
    public ValuePath MetadataModel { get; init; } = new("DefaultModelId");

    public required ModelOperation[] Operations { get; init; }
}
