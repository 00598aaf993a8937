using System.Globalization;
using System.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>What stands in a snapshot where something was left out.</summary>
internal static class Placeholders
{
    public const string Cycle = "[cycle]";
    public const string DepthLimit = "[depth limit]";
    public const string SizeLimit = "[size limit]";

    /// <summary>The name of the entry that says how many more there were.</summary>
    public const string MoreName = "…";

    /// <summary>How many bytes of JSON the longest mark of a cut string takes.</summary>
    public const int MaxCharactersMarkLength = 48;

    public static string MoreCharacters(long count) => string.Create(CultureInfo.InvariantCulture, $"… [+{count} characters]");

    public static string MoreItems(long count) => string.Create(CultureInfo.InvariantCulture, $"[+{count} items]");

    public static string MoreEntries(long count) => string.Create(CultureInfo.InvariantCulture, $"[+{count} entries]");

    /// <summary>A value that is not read: the name of the nearest type of it that others can see.</summary>
    public static string Unread(Type type) => $"[{NameOf(Visible(type))}]";

    public static string Lazy(Type type) => $"[lazy {NameOf(type)}]";

    /// <summary>Of an exception only the type: its message may hold what was to be redacted.</summary>
    public static string Threw(Exception exception)
    {
        while (exception is TargetInvocationException or TypeInitializationException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception is InsufficientExecutionStackException ? DepthLimit : $"[threw {NameOf(exception.GetType())}]";
    }

    /// <summary>A type's name as in the code, with its arguments and without namespaces.</summary>
    public static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return !type.IsGenericType || tick < 0
            ? type.Name
            : $"{type.Name.AsSpan(0, tick)}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }

    private static Type Visible(Type type)
    {
        for (var visible = type; visible is not null && visible != typeof(object) && visible != typeof(ValueType); visible = visible.BaseType)
        {
            if (visible.IsVisible)
            {
                return visible;
            }
        }

        return type;
    }
}
