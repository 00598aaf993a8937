using System.Globalization;
using System.Reflection;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>The texts that replace omitted values in a snapshot.</summary>
internal static class Placeholders
{
    public const string Cycle = "[cycle]";
    public const string DepthLimit = "[depth limit]";
    public const string SizeLimit = "[size limit]";
    public const string TimeLimit = "[time limit]";

    /// <summary>The name of the entry that counts missing entries.</summary>
    public const string MoreName = "…";

    /// <summary>The maximum number of bytes of JSON of <see cref="MoreCharacters"/>.</summary>
    public const int MaxMoreCharactersLength = 48;

    public static string MoreCharacters(long count) => string.Create(CultureInfo.InvariantCulture, $"… [+{count} characters]");

    public static string MoreItems(long count) => string.Create(CultureInfo.InvariantCulture, $"[+{count} items]");

    /// <summary>
    /// The first items of a list, and a placeholder for the others, as the list is recorded. The placeholder is an item itself, so that the
    /// limit holds with it.
    /// </summary>
    /// <param name="items">The items. Those after the limit can be missing.</param>
    /// <param name="maxItems">The limit. At 0 only the number of items is recorded.</param>
    /// <param name="count">The number of all items. More than the limit.</param>
    public static object?[] Beginning(IEnumerable<object?> items, int maxItems, int count)
    {
        if (maxItems == 0)
        {
            return new object?[count];
        }

        var shown = items.Take(maxItems - 1).ToArray();
        return [.. shown, MoreItems(count - shown.Length)];
    }

    public static string MoreEntries(long count) => string.Create(CultureInfo.InvariantCulture, $"[+{count} entries]");

    /// <summary>A value that is not read: the name of its nearest visible type.</summary>
    public static string Unread(Type type) => $"[{CSharpName.Of(Visible(type))}]";

    /// <summary>An object that is written already.</summary>
    /// <param name="path">Where: a path from the captured value, <c>$</c>.</param>
    public static string Repeated(string path) => $"[see {path}]";

    /// <summary>A property whose getter has an effect.</summary>
    /// <param name="effect">The call that has it, such as <c>Monitor.Enter</c>.</param>
    public static string NotRead(string effect) => $"[not read: {effect}]";

    public static string Lazy(Type type) => $"[lazy {CSharpName.Of(type)}]";

    /// <summary>A getter or converter that threw: the type of the exception only, because its message may contain redacted values.</summary>
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
