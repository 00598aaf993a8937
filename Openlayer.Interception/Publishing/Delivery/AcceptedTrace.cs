namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A completed trace that is to be sent.</summary>
/// <param name="Trace">The trace.</param>
/// <param name="Number">Its place in the order of completion.</param>
/// <param name="At">When it was accepted.</param>
/// <param name="FlushPoint">What counts it for flushes.</param>
internal readonly record struct AcceptedTrace(OpenlayerTrace Trace, long Number, Deadline At, FlushPoint FlushPoint);
