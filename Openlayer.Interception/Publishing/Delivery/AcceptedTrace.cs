namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A completed trace that waits to be written as a row.</summary>
/// <param name="Trace">The trace.</param>
/// <param name="Number">Its place in the order of completion.</param>
/// <param name="At">When it was accepted.</param>
/// <param name="FlushPoint">The flush point that counts it.</param>
internal readonly record struct AcceptedTrace(OpenlayerTrace Trace, long Number, MonotonicTime At, FlushPoint FlushPoint);
