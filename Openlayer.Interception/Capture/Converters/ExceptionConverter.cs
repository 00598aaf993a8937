using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>Exceptions: type, message and inner exceptions, without stack trace and data.</summary>
internal sealed class ExceptionConverter : SnapshotConverter
{
    private const int MaxMessages = 100;

    public override void Write(SnapshotWriter writer, object value)
    {
        var exception = (Exception)value;
        if (!writer.TryOpen(exception, isObject: true))
        {
            return;
        }

        if (writer.WriteProperty("type", exception.GetType().ToString()))
        {
            WriteMessage(writer, exception);
            writer.CheckTime();
        }

        if (exception is AggregateException aggregate)
        {
            writer.WriteProperty("inner", aggregate.InnerExceptions);
        }
        else if (exception.InnerException is { } inner)
        {
            writer.WriteProperty("inner", inner);
        }

        writer.Close();
    }

    private static void WriteMessage(SnapshotWriter writer, Exception exception)
    {
        var room = MaxMessages;
        if (!MayRead(exception, ref room))
        {
            writer.WriteProperty("message", Placeholders.SizeLimit);
            return;
        }

        string message;
        try
        {
            message = exception.Message;
        }
        catch (Exception failure)
        {
            message = Placeholders.Threw(failure);
        }

        writer.WriteProperty("message", message);
    }

    // The message of an AggregateException consists of those of all inner exceptions.
    private static bool MayRead(Exception exception, ref int room)
    {
        if (--room < 0 || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
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
