using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The body of a request to the data stream, composed of rows as they were written.</summary>
internal sealed class DataStreamContent : HttpContent
{
    // A connection sends every part that does not fit its small buffer by itself, which takes a system call.
    private const int ChunkLength = 64 * 1024;

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ReadOnlyMemory<byte> BeforeConfig = "{\"config\":"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BeforeRows = ",\"rows\":["u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BetweenRows = ","u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "]}"u8.ToArray();

    private readonly DataStreamTarget _target;
    private readonly IReadOnlyList<PendingRow> _rows;

    public DataStreamContent(DataStreamTarget target, IReadOnlyList<PendingRow> rows)
    {
        _target = target;
        _rows = rows;
        Headers.ContentType = Json;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkLength);
        var length = 0;
        foreach (var part in Parts())
        {
            if (part.Length > chunk.Length - length)
            {
                await stream.WriteAsync(chunk.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                length = 0;
            }

            if (part.Length > chunk.Length)
            {
                await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                part.CopyTo(chunk.AsMemory(length));
                length += part.Length;
            }
        }

        await stream.WriteAsync(chunk.AsMemory(0, length), cancellationToken).ConfigureAwait(false);

        // Only now: after a failure, a handler of the application may still read it.
        ArrayPool<byte>.Shared.Return(chunk);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Parts().Sum(static part => (long)part.Length);
        return true;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Parts()
    {
        yield return BeforeConfig;
        yield return _target.Config;
        yield return BeforeRows;
        for (var index = 0; index < _rows.Count; index++)
        {
            if (index > 0)
            {
                yield return BetweenRows;
            }

            yield return _rows[index].Json;
        }

        yield return End;
    }
}
