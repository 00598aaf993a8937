using System.Security.Cryptography;
using Openlayer.Interception.Capture.Media;

namespace Openlayer.Interception.Capture.Attachments;

/// <summary>
/// Reads the bytes of one attachment: their number, their checksum and their start; and keeps them if they will be uploaded. Not thread-safe.
/// </summary>
internal sealed class AttachmentReader(AttachmentStore store)
{
    private readonly byte[] _start = new byte[FileFormats.MaxStart];
    private IncrementalHash? _hash;
    private AttachmentContent? _content;
    private string? _checksum;
    private string? _problem;
    private bool _isTooLong;

    /// <summary>Whether what is read is a piece of the attachment, and more can follow.</summary>
    public bool IsPieced { get; init; }

    /// <summary>The number of bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>The first bytes.</summary>
    public ReadOnlySpan<byte> Start => _start.AsSpan(0, (int)Math.Min(Length, _start.Length));

    /// <summary>Reads no bytes, and records their number, if there are too many. Returns whether there are.</summary>
    public bool Refuses(long length)
    {
        if (length <= store.Settings.MaxBytes)
        {
            return false;
        }

        Length = length;
        GiveUp("It is larger than OpenlayerOptions.Attachments.MaxBytes.");
        _isTooLong = true;
        return true;
    }

    /// <summary>Reads bytes that are all there are.</summary>
    public void ReadAll(ReadOnlySpan<byte> bytes)
    {
        if (IsPieced)
        {
            Append(bytes);
            return;
        }

        bytes[..Math.Min(bytes.Length, _start.Length)].CopyTo(_start);
        if (Refuses(bytes.Length))
        {
            return;
        }

        Length = bytes.Length;
        _checksum = Checksum(bytes);
        if (store.Settings.Upload && _checksum is not null && store.Find(_checksum, Length) is { } kept)
        {
            _content = kept;
        }
        else
        {
            Keep(bytes);
        }
    }

    /// <summary>Reads the next bytes. Returns whether more are read.</summary>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        if (Length < _start.Length)
        {
            bytes[..Math.Min(bytes.Length, _start.Length - (int)Length)].CopyTo(_start.AsSpan((int)Length));
        }

        if (_isTooLong)
        {
            Length += bytes.Length;
            return false;
        }

        if (Refuses(Length + bytes.Length))
        {
            return false;
        }

        _hash ??= CreateHash();
        _hash?.AppendData(bytes);
        Length += bytes.Length;
        Keep(bytes);
        return true;
    }

    /// <summary>What was read.</summary>
    public ReadAttachment Complete()
    {
        if (_hash is not null)
        {
            _checksum = _isTooLong ? null : Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
            _hash.Dispose();
            _hash = null;
        }

        if (_content is { ChecksumMd5: null } && _checksum is not null)
        {
            _content = store.Share(_content, _checksum);
        }

        return new ReadAttachment(Length, _checksum, FileFormats.MediaTypeOf(Start)) { Content = _content, Problem = _problem };
    }

#pragma warning disable CA5351 // The storage names objects by MD5, and Openlayer's SDKs record it. No secret depends on it.
    /// <summary>The MD5 of bytes, in hexadecimal digits. Null where the system forbids MD5.</summary>
    public static string? Checksum(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Convert.ToHexString(MD5.HashData(bytes)).ToLowerInvariant();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static IncrementalHash? CreateHash()
    {
        try
        {
            return IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
#pragma warning restore CA5351

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (!store.Settings.Upload || _problem is not null)
        {
            return;
        }

        _content ??= new AttachmentContent(store);
        if (!_content.TryAppend(bytes))
        {
            GiveUp("There was no room for it in memory or on disk (OpenlayerOptions.Attachments.MaxTotalBytesInMemory and MaxTotalBytesOnDisk).");
        }
    }

    private void GiveUp(string problem)
    {
        _content?.Release();
        _content = null;
        _problem = store.Settings.Upload ? problem : null;
    }
}
