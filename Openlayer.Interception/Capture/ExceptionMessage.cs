using System.Runtime.CompilerServices;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>The messages of exceptions. Thread-safe.</summary>
internal static class ExceptionMessage
{
    /// <summary>The number of exceptions of an <see cref="AggregateException"/> whose messages are read.</summary>
    public const int MaxInner = 20;

    // What the message of a type would do besides. Null: nothing.
    private static readonly TypeCache<string?> Effect = new(static type => Effects.FindInOverrides(type, static name => name == "get_Message"));

    /// <summary>
    /// The message. A placeholder if the exception throws instead, or waits for something to compute it, or if it consists of the messages of
    /// more than <see cref="MaxInner"/> inner exceptions, which takes quadratic time.
    /// </summary>
    public static string Of(Exception exception)
    {
        var room = MaxInner;
        if (WhyNotRead(exception, ref room) is { } placeholder)
        {
            return placeholder;
        }

        try
        {
            return exception.Message;
        }
        catch (Exception failure)
        {
            return Placeholders.Threw(failure);
        }
    }

    /// <summary>Whether computing the message waits, or uses a database, the file system or the network.</summary>
    public static bool HasEffect(Exception exception) => Effect.Get(exception.GetType()) is not null;

    // The message of an AggregateException consists of those of all inner exceptions.
    private static string? WhyNotRead(Exception exception, ref int room)
    {
        if (Effect.Get(exception.GetType()) is { } effect)
        {
            return Placeholders.NotRead(effect);
        }

        if (room-- < 0 || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            return Placeholders.SizeLimit;
        }

        if (exception is AggregateException aggregate)
        {
            foreach (var inner in aggregate.InnerExceptions)
            {
                if (WhyNotRead(inner, ref room) is { } placeholder)
                {
                    return placeholder;
                }
            }
        }

        return null;
    }
}
