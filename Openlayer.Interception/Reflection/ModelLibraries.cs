namespace Openlayer.Interception.Reflection;

/// <summary>
/// The libraries of model providers, whose types are known: their getters do not wait, and have no effect but to read a body that has been
/// received.
/// </summary>
internal static class ModelLibraries
{
    private static readonly string[] Names =
    [
        "Anthropic", "AWSSDK", "Azure", "Cohere", "GroqSharp", "Microsoft.Agents", "Microsoft.Extensions.AI", "Microsoft.Extensions.VectorData",
        "Microsoft.SemanticKernel", "OllamaSharp", "OpenAI", "System.ClientModel",
    ];

    private static readonly TypeCache<bool> Known = new(static type => type.Assembly.GetName().Name is { } name && IsName(name));

    /// <summary>Whether the type is declared by one of the libraries.</summary>
    public static bool IsOfModelLibrary(this Type type) => Known.Get(type);

    /// <summary>Whether an assembly of this name is one of the libraries.</summary>
    public static bool IsName(string assembly) => Array.Exists(Names, library => FrameworkTypes.IsIn(assembly, library));
}
