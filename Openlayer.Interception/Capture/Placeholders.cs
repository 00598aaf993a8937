using System.Globalization;
using System.Reflection;
using Openlayer.Interception.Reflection;

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
    public static string Unread(Type type) => $"[{CSharpName.Of(Visible(type))}]";

    public static string Lazy(Type type) => $"[lazy {CSharpName.Of(type)}]";

    /// <summary>Of an exception only the type: its message may hold what was to be redacted.</summary>
    public static string Threw(Exception exception)
    {
        while (exception is TargetInvocationException or TypeInitializationException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception is InsufficientExecutionStackException ? DepthLimit : $"[threw {CSharpName.Of(exception.GetType())}]";
    }

    private static Type Visible(Type type) =>
        type.SelfAndBases().FirstOrDefault(static candidate => candidate.IsVisible && candidate != typeof(ValueType)) ?? type;
}
