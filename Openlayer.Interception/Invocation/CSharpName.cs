using System.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>Types and methods as they are written in code: <c>IRepository&lt;Order&gt;</c>.</summary>
internal static class CSharpName
{
    public static string Of(Type type)
    {
        if (!type.IsGenericType)
        {
            return type.Name;
        }

        var arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        return (arity < 0 ? type.Name : type.Name[..arity]) + Arguments(type.GetGenericArguments());
    }

    public static string Of(MethodInfo method) => method.IsGenericMethod ? method.Name + Arguments(method.GetGenericArguments()) : method.Name;

    private static string Arguments(Type[] types) => $"<{string.Join(", ", types.Select(Of))}>";
}
