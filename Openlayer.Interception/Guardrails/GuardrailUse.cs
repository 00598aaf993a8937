using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Loader;

namespace Openlayer.Interception.Guardrails;

/// <summary>
/// Whether an assembly of the process refers to <see cref="GuardrailAttribute"/>. Where none does, a call that is not traced needs no look-up.
/// Thread-safe.
/// </summary>
internal static class GuardrailUse
{
    private const string LibraryName = "Openlayer.Interception";

    private static volatile bool _isPossible;

    static GuardrailUse()
    {
        // First, so that no assembly is missed that is loaded meanwhile.
        AppDomain.CurrentDomain.AssemblyLoad += OnLoaded;
        Array.ForEach(AppDomain.CurrentDomain.GetAssemblies(), Examine);

        // The library may be in a context that is unloaded.
        if (AssemblyLoadContext.GetLoadContext(typeof(GuardrailUse).Assembly) is { IsCollectible: true } context)
        {
            context.Unloading += static _ => AppDomain.CurrentDomain.AssemblyLoad -= OnLoaded;
        }
    }

    /// <summary>Whether any method may have the attribute.</summary>
    public static bool IsPossible => _isPossible;

    /// <summary>Whether members of an assembly may have the attribute.</summary>
    public static bool MayUse(Assembly assembly)
    {
        // Code that emits the attribute refers to it.
        if (assembly.IsDynamic)
        {
            return false;
        }

        try
        {
            return RefersToAttribute(assembly) ?? true;
        }
        catch (Exception)
        {
            // Better one look-up too many than a check that does not run.
            return true;
        }
    }

    private static void OnLoaded(object? sender, AssemblyLoadEventArgs loaded) => Examine(loaded.LoadedAssembly);

    // Assemblies are loaded on several threads: the answer only ever becomes yes.
    private static void Examine(Assembly assembly)
    {
        if (!_isPossible && MayUse(assembly))
        {
            _isPossible = true;
            AppDomain.CurrentDomain.AssemblyLoad -= OnLoaded;
        }
    }

    // By the name of the type alone, wherever it is declared: libraries are merged, and types are forwarded. Null if the assembly has no metadata to
    // read, as in native code.
    private static unsafe bool? RefersToAttribute(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out var metadata, out var length))
        {
            return null;
        }

        var reader = new MetadataReader(metadata, length);
        return reader.TypeReferences.Select(reader.GetTypeReference).Any(type => IsAttribute(reader, type.Name, type.Namespace))
            || (assembly.GetName().Name != LibraryName
                && reader.TypeDefinitions.Select(reader.GetTypeDefinition).Any(type => IsAttribute(reader, type.Name, type.Namespace)));
    }

    private static bool IsAttribute(MetadataReader reader, StringHandle name, StringHandle @namespace) =>
        reader.StringComparer.Equals(name, nameof(GuardrailAttribute))
        && reader.StringComparer.Equals(@namespace, typeof(GuardrailAttribute).Namespace!);
}
