namespace Openlayer.Interception.Capture;

/// <summary>A <see cref="PooledBuffer"/> reached its limit. Handled inside the capture.</summary>
internal sealed class BufferLimitException : Exception;
