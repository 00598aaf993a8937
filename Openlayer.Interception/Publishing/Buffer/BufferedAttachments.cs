using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Attachments;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The attachments in the file of a buffered row: its last member, <c>attachments</c>, an array of objects with <c>id</c>, <c>name</c>,
/// <c>mediaType</c> and <c>data</c>, the bytes as base64. Other SDKs ignore it. Bytes are encoded as they are written, and are in memory in parts.
/// </summary>
internal sealed class BufferedAttachments : IDisposable
{
    // A multiple of three: base64 of it has no padding.
    private const int PartBytes = 48 * 1024;

    private static readonly byte[] Start = ",\"attachments\":["u8.ToArray();
    private static readonly byte[] EndOfData = "\"}"u8.ToArray();
    private static readonly byte[] End = "]}"u8.ToArray();

    private readonly List<(byte[] Header, UploadBytes Bytes)> _attachments;

    private BufferedAttachments(List<(byte[] Header, UploadBytes Bytes)> attachments)
    {
        _attachments = attachments;
        Length = Start.Length + End.Length - 1
            + attachments.Sum(static attachment => attachment.Header.Length + ((attachment.Bytes.Length + 2) / 3 * 4) + EndOfData.Length);
    }

    /// <summary>By how many bytes the file is longer with them.</summary>
    public long Length { get; }

    /// <summary>What a row has not uploaded. Null if that is nothing. What is only an address is not part of it.</summary>
    public static BufferedAttachments? Of(RowAttachments? attachments)
    {
        if (attachments is null)
        {
            return null;
        }

        var opened = new List<(byte[] Header, UploadBytes Bytes)>();
        foreach (var attachment in attachments.Waiting)
        {
            if (attachment.Url is null && attachment.Open() is { } bytes)
            {
                opened.Add((HeaderOf(attachment, isFirst: opened.Count == 0), bytes));
            }
        }

        return opened.Count == 0 ? null : new BufferedAttachments(opened);
    }

    /// <summary>Reads the member of a file.</summary>
    /// <param name="array">Its value.</param>
    public static List<RowAttachment> Read(ReadOnlyMemory<byte> array)
    {
        var attachments = new List<RowAttachment>();
        var reader = new Utf8JsonReader(array.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            string? id = null, name = null, mediaType = null;
            ReadOnlyMemory<byte>? data = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var property = reader.GetString();
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                {
                    reader.Skip();
                    continue;
                }

                switch (property)
                {
                    case "id":
                        id = reader.GetString();
                        break;
                    case "name":
                        name = reader.GetString();
                        break;
                    case "mediaType":
                        mediaType = reader.GetString();
                        break;
                    case "data" when !reader.ValueIsEscaped:
                        data = array.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                        break;
                }
            }

            if (id is not null && name is not null && mediaType is not null && data is { } base64)
            {
                attachments.Add(new RowAttachment(id, name, mediaType, base64));
            }
        }

        return attachments;
    }

    /// <summary>Writes them over the end of a file that is complete without them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="length">The file's length so far.</param>
    public void WriteTo(SafeFileHandle file, long length)
    {
        var offset = length - 1;
        Write(Start);
        var part = ArrayPool<byte>.Shared.Rent(PartBytes);
        var encoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(PartBytes));
        try
        {
            foreach (var (header, bytes) in _attachments)
            {
                Write(header);
                for (long read = 0; read < bytes.Length;)
                {
                    var count = Fill(bytes, read, part.AsSpan(0, PartBytes));
                    Base64.EncodeToUtf8(part.AsSpan(0, count), encoded, out _, out var written);
                    Write(encoded.AsSpan(0, written));
                    read += count;
                }

                Write(EndOfData);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
            ArrayPool<byte>.Shared.Return(encoded);
        }

        Write(End);

        void Write(ReadOnlySpan<byte> bytes)
        {
            RandomAccess.Write(file, bytes, offset);
            offset += bytes.Length;
        }
    }

    public void Dispose() => _attachments.ForEach(static attachment => attachment.Bytes.Dispose());

    private static int Fill(UploadBytes bytes, long offset, Span<byte> part)
    {
        var total = 0;
        int read;
        while (total < part.Length && (read = bytes.Read(offset + total, part[total..])) > 0)
        {
            total += read;
        }

        return total > 0 || offset >= bytes.Length ? total : throw new EndOfStreamException();
    }

    private static byte[] HeaderOf(RowAttachment attachment, bool isFirst)
    {
        var header = new ArrayBufferWriter<byte>();
        if (!isFirst)
        {
            header.Write(","u8);
        }

        using (var writer = new Utf8JsonWriter(header, CapturedValueWriter.JsonOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, attachment.Id);
            writer.WriteString("name"u8, attachment.Name);
            writer.WriteString("mediaType"u8, attachment.MediaType);
            writer.WriteString("data"u8, ""u8);
            writer.WriteEndObject();
        }

        // Without the end of the empty text and of the object.
        return header.WrittenSpan[..^2].ToArray();
    }
}
