using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Capture;

/// <summary>The messages of exceptions. Thread-safe.</summary>
internal static class ExceptionMessage
{
    /// <summary>The number of exceptions of an <see cref="AggregateException"/> whose messages are read.</summary>
    public const int MaxInner = 20;

    /// <summary>
    /// The message. A placeholder if the exception throws instead, or if it consists of the messages of more than <see cref="MaxInner"/> inner
    /// exceptions, which takes quadratic time.
    /// </summary>
    public static string Of(Exception exception)
    {
        var room = MaxInner;
        if (!MayRead(exception, ref room))
        {
            return Placeholders.SizeLimit;
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

    // The message of an AggregateException consists of those of all inner exceptions.
    private static bool MayRead(Exception exception, ref int room)
    {
        if (room-- < 0 || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            return false;
        }

        if (exception is AggregateException aggregate)
        {
            foreach (var inner in aggregate.InnerExceptions)
            {
                if (!MayRead(inner, ref room))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
