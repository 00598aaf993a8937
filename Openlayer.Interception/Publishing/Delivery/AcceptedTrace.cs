namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A completed trace that waits to be written as a row, or feedback that keeps its place behind it.</summary>
/// <param name="Trace">The trace. Null for feedback.</param>
/// <param name="Update">The feedback. Null for a trace.</param>
/// <param name="Number">Its place in the order of completion.</param>
/// <param name="At">When it was accepted.</param>
/// <param name="FlushPoint">The flush point that counts it.</param>
internal readonly record struct AcceptedTrace(OpenlayerTrace? Trace, RowUpdate? Update, long Number, MonotonicTime At, FlushPoint FlushPoint)
{
    /// <summary>The bytes that it holds, as estimated.</summary>
    public long Bytes => Trace?.EstimatedBytes ?? Update!.Row.Length;
}
