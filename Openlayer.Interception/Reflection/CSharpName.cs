using System.Globalization;
using System.Reflection;

namespace Openlayer.Interception.Reflection;

/// <summary>Names of types and methods as they are written in C#, without namespaces: <c>IRepository&lt;Order&gt;</c>, <c>int?</c>, <c>(int, string)[]</c>.</summary>
internal static class CSharpName
{
    // A ValueTuple holds its first seven items itself and the rest in another tuple.
    private const int TupleItems = 7;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(decimal)] = "decimal",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(object)] = "object",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(string)] = "string",
        [typeof(void)] = "void",
    };

    /// <summary>The name of a type. A nested type has its own name only.</summary>
    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (type.IsArray)
        {
            return OfArray(type);
        }

        if (type.IsPointer)
        {
            return Of(type.GetElementType()!) + "*";
        }

        if (type.IsByRef)
        {
            return Of(type.GetElementType()!);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        return IsTuple(type) ? $"({string.Join(", ", TupleTypes(type).Select(Of))})" : OfGeneric(type);
    }

    /// <summary>The name of a method, with its type arguments.</summary>
    public static string Of(MethodInfo method) =>
        method.IsGenericMethod ? $"{method.Name}<{string.Join(", ", method.GetGenericArguments().Select(Of))}>" : method.Name;

    /// <summary>The outermost rank comes first: an array of <c>int[,]</c> is <c>int[][,]</c>.</summary>
    private static string OfArray(Type type)
    {
        var ranks = "";
        while (type.IsArray)
        {
            ranks += $"[{new string(',', type.GetArrayRank() - 1)}]";
            type = type.GetElementType()!;
        }

        return Of(type) + ranks;
    }

    private static string OfGeneric(Type type)
    {
        // A type that is nested in a generic type has that type's arguments too, but not in its name.
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
        {
            return type.Name;
        }

        var arity = int.Parse(type.Name.AsSpan(tick + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return $"{type.Name.AsSpan(0, tick)}<{string.Join(", ", type.GetGenericArguments().TakeLast(arity).Select(Of))}>";
    }

    private static bool IsTuple(Type type) =>
        type is { IsValueType: true, IsConstructedGenericType: true, IsNested: false }
        && type.GenericTypeArguments.Length > 1
        && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true;

    private static IEnumerable<Type> TupleTypes(Type type)
    {
        var arguments = type.GenericTypeArguments;
        return arguments.Length <= TupleItems
            ? arguments
            : arguments.Take(TupleItems).Concat(arguments[TupleItems].IsConstructedFrom(typeof(ValueTuple<>))
                ? arguments[TupleItems].GenericTypeArguments
                : TupleTypes(arguments[TupleItems]));
    }
}
