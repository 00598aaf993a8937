namespace Openlayer.Interception.Streaming;

/// <summary>A lazy sequence of this library around one of the target. No caller can downcast to it.</summary>
internal interface IWrappedSequence;
