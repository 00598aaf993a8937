using System.Buffers;

namespace Openlayer.Interception.Capture;

/// <summary>A buffer of limited size in pooled memory. Not thread-safe.</summary>
/// <param name="limit">The maximum number of bytes. Writing more throws <see cref="BufferLimitException"/>.</param>
/// <param name="isOverdue">Whether the time to write has ended. Writing then throws <see cref="BufferLimitException"/>. Null: never.</param>
internal sealed class PooledBuffer(int limit, Func<bool>? isOverdue = null) : IBufferWriter<byte>, IDisposable
{
    private const int InitialLength = 1024;

    // The JSON writer requests three bytes a character in advance. A larger request cannot stay within the limit.
    private readonly long _maxRequest = (3L * limit) + InitialLength;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialLength);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Advance(int count)
    {
        if (_length + (long)count > limit || isOverdue?.Invoke() == true)
        {
            throw new BufferLimitException();
        }

        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var requested = Math.Max(sizeHint, 1);
        if (requested > _maxRequest)
        {
            throw new BufferLimitException();
        }

        if (requested > _bytes.Length - _length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + requested));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
