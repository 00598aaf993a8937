using System.Buffers;

namespace Openlayer.Interception.Capture;

/// <summary>Bytes being written, up to a limit, on rented memory. Not thread-safe.</summary>
/// <param name="limit">How many bytes it takes; writing more throws <see cref="BufferLimitException"/>.</param>
internal sealed class PooledBuffer(int limit) : IBufferWriter<byte>, IDisposable
{
    private const int InitialLength = 1024;

    // The writer asks for three bytes a character before it knows what they are: a larger wish than this cannot stay within the limit.
    private readonly long _largestWish = (3L * limit) + InitialLength;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialLength);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Advance(int count)
    {
        if (_length + (long)count > limit)
        {
            throw new BufferLimitException();
        }

        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var wished = Math.Max(sizeHint, 1);
        if (wished > _largestWish)
        {
            throw new BufferLimitException();
        }

        if (wished > _bytes.Length - _length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + wished));
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
