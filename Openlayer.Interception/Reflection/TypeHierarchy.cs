using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Reflection;

/// <summary>Questions about a type and the types it derives from.</summary>
internal static class TypeHierarchy
{
    /// <summary>The type and its base classes, the most derived first, without <see cref="object"/>.</summary>
    public static IEnumerable<Type> SelfAndBases(this Type type)
    {
        for (var current = type; current is not null && current != typeof(object); current = current.BaseType)
        {
            yield return current;
        }
    }

    /// <summary>The generic type definition that the type is constructed from. The type itself if it is not generic.</summary>
    public static Type Definition(this Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    /// <summary>Whether the type is constructed from a generic type definition.</summary>
    public static bool IsConstructedFrom(this Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    /// <summary>The constructed type that the type is, extends or implements. Null if there is none.</summary>
    /// <param name="type">The type.</param>
    /// <param name="definition">A generic type definition, such as <c>typeof(IEnumerable&lt;&gt;)</c>.</param>
    public static Type? ConstructedFrom(this Type type, Type definition) =>
        type.SelfAndBases().FirstOrDefault(candidate => candidate.IsConstructedFrom(definition))
        ?? (definition.IsInterface ? Array.Find(type.GetInterfaces(), candidate => candidate.IsConstructedFrom(definition)) : null);

    /// <summary>Whether the compiler of F# generated the type for a sequence expression, an object expression or a function.</summary>
    public static bool IsFSharpExpression(this Type type) => type.Name.Contains('@', StringComparison.Ordinal);

    /// <summary>
    /// Whether the compiler generated the type: an iterator, a closure, an anonymous type. No code can name such a type, so no caller can
    /// downcast to it.
    /// </summary>
    public static bool IsCompilerGenerated(this Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)

        || type.IsFSharpExpression()

        // Only the outermost generated type has the attribute: an iterator in a lambda or local function is nested in one that has it.
        || (type is { IsNestedPrivate: true, DeclaringType: { } declaring } && declaring.IsCompilerGenerated());

    /// <summary>Whether a type is, or implements, an interface with one of these full names: those of definitions, if they are generic.</summary>
    public static bool Implements(this Type type, string[] interfaces) =>
        Array.IndexOf(interfaces, type.Definition().FullName) >= 0
        || Array.Exists(type.GetInterfaces(), contract => Array.IndexOf(interfaces, contract.Definition().FullName) >= 0);

    /// <summary>What a table has for a type of the framework, or for the nearest base class of it, by its full name. Null if it has none of them.</summary>
    public static T? FindByName<T>(this Type type, Dictionary<string, T> table)
        where T : class =>
        type.SelfAndBases()
            .Where(static known => known.IsOfFramework())
            .Select(known => table.GetValueOrDefault(known.FullName ?? known.Name))
            .FirstOrDefault(static found => found is not null);
}
