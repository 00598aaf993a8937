using System.Text.Json;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// The body of an HTTP response that whoever asked reads as it comes: server-sent events, each of which that holds JSON is told to an
/// observer. Its reader gets every byte as it was.
/// </summary>
internal sealed class ServerSentEventStream(Stream body, Enumeration<JsonElement> reading) : Stream
{
    // An event that is longer is passed on, but not told.
    private const int MaxEvent = 4 * 1024 * 1024;

    private readonly MemoryStream _line = new();

    // A reader that is cancelled between two reads only says so here.
    private CancellationToken _readerCancellation;
    private bool _isEnded;

    public override bool CanRead => body.CanRead;

    public override bool CanSeek => body.CanSeek;

    public override bool CanWrite => body.CanWrite;

    public override bool CanTimeout => body.CanTimeout;

    public override long Length => body.Length;

    public override long Position
    {
        get => body.Position;
        set => body.Position = value;
    }

    public override int ReadTimeout
    {
        get => body.ReadTimeout;
        set => body.ReadTimeout = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        reading.Observer.Asked();
        int read;
        Exception? failure = null;
        try
        {
            read = body.Read(buffer);
        }
        catch (Exception exception) when (ExceptionObserver.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            Failed(failure);
        }

        Received(buffer[..read], isEnd: read == 0 && !buffer.IsEmpty);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        reading.Observer.Asked();
        _readerCancellation = cancellationToken;
        int read;
        Exception? failure = null;
        try
        {
            read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (ExceptionObserver.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            Failed(failure);
        }

        Received(buffer.Span[..read], isEnd: read == 0 && !buffer.IsEmpty);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count) => body.Write(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => body.Seek(offset, origin);

    public override void SetLength(long value) => body.SetLength(value);

    public override void Flush() => body.Flush();

    public override async ValueTask DisposeAsync()
    {
        await body.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            End(_readerCancellation.IsCancellationRequested ? StreamEnd.Canceled : StreamEnd.LeftEarly);
        }

        base.Dispose(disposing);
    }

    private void Received(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        if (_isEnded)
        {
            return;
        }

        for (var end = bytes.IndexOf((byte)'\n'); end >= 0; end = bytes.IndexOf((byte)'\n'))
        {
            Append(bytes[..end]);
            Tell();
            bytes = bytes[(end + 1)..];
        }

        Append(bytes);
        if (isEnd)
        {
            Tell();
            End(StreamEnd.Exhausted);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_line.Length + bytes.Length <= MaxEvent)
        {
            _line.Write(bytes);
        }
    }

    private void Tell()
    {
        var line = _line.GetBuffer().AsSpan(0, (int)_line.Length);
        if (line.StartsWith("data:"u8))
        {
            var data = line[5..].Trim((byte)' ').TrimEnd((byte)'\r');
            if (data.StartsWith("[DONE]"u8))
            {
                End(StreamEnd.Exhausted);
            }
            else if (Parsed(data) is { } json)
            {
                reading.Observer.Produced(json);
            }
        }

        _line.SetLength(0);
    }

    private static JsonElement? Parsed(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(data);
        }
        catch (JsonException)
        {
            // No event of the protocol, or half of one where the connection broke.
            return null;
        }
    }

    private void Failed(Exception? failure)
    {
        if (failure is not null)
        {
            _isEnded = true;
            reading.Failed(failure);
        }
    }

    private void End(StreamEnd end)
    {
        _isEnded = true;
        reading.Ended(end);
    }
}
