namespace Openlayer.Interception.Capture.Converters;

/// <summary>Exceptions: type, message and inner exceptions, without stack trace and data.</summary>
internal sealed class ExceptionConverter : SnapshotConverter
{
    public override void Write(SnapshotWriter writer, object value)
    {
        var exception = (Exception)value;
        if (!writer.TryOpen(exception, isObject: true))
        {
            return;
        }

        _ = writer.WriteProperty("type", exception.GetType().ToString()) && writer.WriteProperty("message", ExceptionMessage.Of(exception));
        writer.CheckTime();

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
}
