using System.Net;
using System.Net.Http.Headers;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The body of a request that updates a row: <c>{"row": {...}, "config": {...}}</c>, without a config that is empty.</summary>
internal sealed class RowUpdateContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ReadOnlyMemory<byte> BeforeRow = "{\"row\":"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BeforeConfig = ",\"config\":"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> End = "}"u8.ToArray();

    private readonly ReadOnlyMemory<byte>[] _parts;

    public RowUpdateContent(PendingRow update)
    {
        _parts = update.Target.Config.Span.SequenceEqual("{}"u8)
            ? [BeforeRow, update.Json, End]
            : [BeforeRow, update.Json, BeforeConfig, update.Target.Config, End];
        Headers.ContentType = Json;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var part in _parts)
        {
            await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _parts.Sum(static part => (long)part.Length);
        return true;
    }
}
