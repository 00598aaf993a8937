namespace Openlayer.Interception.Capture;

/// <summary>More was written than a <see cref="PooledBuffer"/> takes. Never leaves the capture.</summary>
internal sealed class BufferLimitException : Exception;
