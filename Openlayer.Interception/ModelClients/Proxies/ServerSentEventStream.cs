using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// The body of an HTTP response that consists of server-sent events. The reader gets every byte unchanged; events whose data is JSON are
/// reported to an observer. Not thread-safe, like any stream.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="reading">The enumeration that the body's events belong to.</param>
/// <param name="encoding">How the body is compressed. Its events are reported at its end then. Null if it is not.</param>
internal sealed class ServerSentEventStream(Stream body, Enumeration<JsonElement> reading, string? encoding = null) : Stream
{
    // A longer event reaches the reader, but not the observer.
    internal const int MaxEventBytes = 4 * 1024 * 1024;

    private readonly MemoryStream _line = new();
    private readonly MemoryStream _data = new();
    private readonly MemoryStream? _compressed = CompressedBody.IsKnown(encoding) ? new() : null;

    // A reader whose token is cancelled between two reads shows it only by disposing the stream.
    private CancellationToken _readerCancellation;
    private bool _isTooLong;
    private bool _isEnded;
    private bool _isAfterFirstLine;

    // A line ends in a line feed, a carriage return, or both.
    private bool _isAfterReturn;

    // A body that can seek can be read more than once.
    private long _observedUntil;

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
        reading.Observer.OnMoveNext();
        var position = body.CanSeek ? body.Position : _observedUntil;
        int read;
        Exception? failure = null;
        try
        {
            read = body.Read(buffer);
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            OnFailed(failure);
        }

        OnReceived(buffer[..read], position, isEnd: read == 0 && !buffer.IsEmpty);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        reading.Observer.OnMoveNext();
        _readerCancellation = cancellationToken;
        var position = body.CanSeek ? body.Position : _observedUntil;
        int read;
        Exception? failure = null;
        try
        {
            read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            OnFailed(failure);
        }

        OnReceived(buffer.Span[..read], position, isEnd: read == 0 && !buffer.IsEmpty);
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
            if (_compressed is not null)
            {
                OnReceived([], _observedUntil, isEnd: true);
            }

            OnEvent();
            End(_readerCancellation.IsCancellationRequested ? StreamEnd.Canceled : StreamEnd.LeftEarly);
        }

        base.Dispose(disposing);
    }

    private void OnReceived(ReadOnlySpan<byte> bytes, long position, bool isEnd)
    {
        if (_isEnded)
        {
            return;
        }

        try
        {
            var known = (int)Math.Clamp(_observedUntil - position, 0, bytes.Length);
            _observedUntil = Math.Max(_observedUntil, position + bytes.Length);
            if (_compressed is null)
            {
                ReadEvents(bytes[known..], isEnd);
            }
            else
            {
                ReadCompressed(_compressed, bytes[known..], isEnd);
            }
        }
        catch (Exception exception)
        {
            // The reader still gets every byte.
            reading.Observer.Report(exception);
            End(StreamEnd.Failed);
        }
    }

    private void ReadCompressed(MemoryStream compressed, ReadOnlySpan<byte> bytes, bool isEnd)
    {
        if (compressed.Length + bytes.Length <= CompressedBody.MaxBytes)
        {
            compressed.Write(bytes);
        }

        if (isEnd)
        {
            ReadEvents(CompressedBody.Decompressed(compressed.ToArray(), encoding).Span, isEnd: true);
        }
    }

    private void ReadEvents(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        for (var end = bytes.IndexOfAny((byte)'\n', (byte)'\r'); end >= 0; end = bytes.IndexOfAny((byte)'\n', (byte)'\r'))
        {
            if (end > 0 || !_isAfterReturn || bytes[0] == '\r')
            {
                Append(_line, bytes[..end]);
                OnLine();
            }

            _isAfterReturn = bytes[end] == '\r';
            bytes = bytes[(end + 1)..];
        }

        _isAfterReturn &= bytes.IsEmpty;
        Append(_line, bytes);
        if (isEnd)
        {
            // The last event can lack the blank line that completes it.
            OnLine();
            OnEvent();
            End(StreamEnd.Exhausted);
        }
    }

    private void OnLine()
    {
        var line = Written(_line);
        if (!_isAfterFirstLine && line.StartsWith("\uFEFF"u8))
        {
            line = line["\uFEFF"u8.Length..];
        }

        _isAfterFirstLine = true;
        if (line.IsEmpty)
        {
            OnEvent();
        }
        else if (line.StartsWith("data:"u8))
        {
            OnData(line[5..].Trim((byte)' '));
        }

        _line.SetLength(0);
    }

    private void OnData(ReadOnlySpan<byte> data)
    {
        if (_data.Length > 0)
        {
            // An event's data can span lines.
            Append(_data, "\n"u8);
        }
        else if (data.StartsWith("[DONE]"u8))
        {
            // The reader can stop here, before the blank line.
            End(StreamEnd.Exhausted);
        }

        Append(_data, data);
    }

    private void OnEvent()
    {
        var data = Written(_data);
        if (!_isTooLong && !_isEnded && !data.IsEmpty && Parsed(data) is { } json)
        {
            reading.Observer.OnItem(json);
        }

        _data.SetLength(0);
        _isTooLong = false;
    }

    private void Append(MemoryStream buffer, ReadOnlySpan<byte> bytes)
    {
        _isTooLong |= buffer.Length + bytes.Length > MaxEventBytes;
        if (!_isTooLong)
        {
            buffer.Write(bytes);
        }
    }

    private static ReadOnlySpan<byte> Written(MemoryStream buffer) => buffer.GetBuffer().AsSpan(0, (int)buffer.Length);

    private static JsonElement? Parsed(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(data);
        }
        catch (JsonException)
        {
            // Not an event of the protocol, or incomplete because the connection broke.
            return null;
        }
    }

    private void OnFailed(Exception? failure)
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
