using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>The body of an upload, or the part of one that holds the file.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    private readonly UploadBytes _bytes;

    public UploadContent(UploadBytes bytes, string mediaType)
    {
        _bytes = bytes;
        Headers.ContentType = MediaTypeHeaderValue.TryParse(mediaType, out var type) ? type : new MediaTypeHeaderValue("application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            for (long offset = 0; (read = _bytes.Read(offset, buffer)) > 0; offset += read)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return true;
    }
}
