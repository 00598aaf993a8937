using System.Reflection;
using System.Reflection.Metadata;

namespace Openlayer.Interception.Guardrails;

/// <summary>
/// Whether an assembly of the process refers to <see cref="GuardrailAttribute"/>. Where none does, a call that is not traced needs no look-up.
/// Thread-safe.
/// </summary>
internal static class GuardrailUse
{
    private static volatile bool _isPossible;

    static GuardrailUse()
    {
        // First, so that no assembly is missed that is loaded meanwhile.
        AppDomain.CurrentDomain.AssemblyLoad += static (_, loaded) => _isPossible = _isPossible || MayUse(loaded.LoadedAssembly);
        _isPossible = _isPossible || Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), MayUse);
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

    // Null if the assembly has no metadata to read, as in native code.
    private static unsafe bool? RefersToAttribute(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out var metadata, out var length))
        {
            return null;
        }

        var reader = new MetadataReader(metadata, length);
        var library = typeof(GuardrailAttribute).Assembly.GetName().Name!;
        foreach (var reference in reader.AssemblyReferences)
        {
            if (reader.StringComparer.Equals(reader.GetAssemblyReference(reference).Name, library))
            {
                return reader.TypeReferences.Any(type => IsAttribute(reader, reader.GetTypeReference(type)));
            }
        }

        return false;
    }

    private static bool IsAttribute(MetadataReader reader, TypeReference type) =>
        reader.StringComparer.Equals(type.Name, nameof(GuardrailAttribute))
        && reader.StringComparer.Equals(type.Namespace, typeof(GuardrailAttribute).Namespace!);
}
