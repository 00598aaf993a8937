using System.Buffers;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>
/// The bytes of an attachment that waits for its upload, in memory or in a temporary file. They are counted by reference: code that needs them
/// calls <see cref="TryHold"/>, and the last release frees them. If a trace is never sent, the garbage collector frees them. Appended to by one
/// thread; otherwise thread-safe.
/// </summary>
internal sealed class AttachmentContent
{
    private readonly AttachmentStore _store;
    private readonly object _gate = new();
    private ArrayBufferWriter<byte>? _memory = new();
    private TemporaryFile? _file;
    private int _holds = 1;
    private long _inMemory;
    private long _onDisk;

    /// <param name="store">Gives the room. The content is held once, by the caller.</param>
    public AttachmentContent(AttachmentStore store) => _store = store;

    ~AttachmentContent() => ReturnRoom();

    public long Length { get; private set; }

    /// <summary>The MD5 of all bytes. Null until it is known.</summary>
    public string? ChecksumMd5 { get; set; }

    /// <summary>Whether the bytes are in a temporary file.</summary>
    public bool IsOnDisk => _file is not null;

    /// <summary>Appends bytes. Returns false if there is no room for them.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (_file is null && Length + bytes.Length <= _store.Settings.MaxBytesInMemory && _store.TryReserveMemory(bytes.Length))
        {
            _inMemory += bytes.Length;
            _memory!.Write(bytes);
        }
        else if (!TryWrite(bytes))
        {
            return false;
        }

        Length += bytes.Length;
        return true;
    }

    /// <summary>Holds the bytes. Returns false if they have been freed.</summary>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_holds == 0)
            {
                return false;
            }

            _holds++;
            return true;
        }
    }

    /// <summary>Ends one hold. The last one frees the bytes.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_holds == 0 || --_holds > 0)
            {
                return;
            }

            _memory = null;
            _file?.Dispose();
            ReturnRoom();
        }

        _store.Forget(this);
#pragma warning disable CA1816 // The last holder disposes it.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }

    /// <summary>Reads bytes from a position. Returns their number, 0 at the end. Only for a holder.</summary>
    public int Read(long offset, Span<byte> buffer)
    {
        if (_file is { } file)
        {
            return file.Read(offset, buffer);
        }

        var rest = _memory!.WrittenSpan[(int)offset..];
        var length = Math.Min(rest.Length, buffer.Length);
        rest[..length].CopyTo(buffer);
        return length;
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        var added = bytes.Length + (_file is null ? Length : 0);
        if (!_store.TryReserveDisk(added))
        {
            return false;
        }

        _onDisk += added;
        if (_file is null)
        {
            _file = TemporaryFile.Create();
            _file.Write(0, _memory!.WrittenSpan);
            _memory = null;
            _store.ReturnMemory(_inMemory);
            _inMemory = 0;
        }

        _file.Write(Length, bytes);
        return true;
    }

    private void ReturnRoom()
    {
        _store.ReturnMemory(_inMemory);
        _store.ReturnDisk(_onDisk);
        (_inMemory, _onDisk) = (0, 0);
    }
}
