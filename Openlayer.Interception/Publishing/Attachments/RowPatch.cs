using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Openlayer.Interception.Capture.Converters;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>Adds the outcomes of uploads to a row that is written: <c>storageUri</c>, or an entry of the metadata that says what failed.</summary>
internal static class RowPatch
{
    private const int IdLength = 36;

    /// <summary>The row with the outcomes at each place where an attachment stands.</summary>
    /// <param name="json">The row.</param>
    /// <param name="results">The outcomes, by the attachments' ids.</param>
    public static byte[] Apply(ReadOnlyMemory<byte> json, Dictionary<string, UploadResult> results)
    {
        var insertions = new List<(int At, string Text)>();
        var open = new Stack<OpenObject>();
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });
        OpenObject? metadataOf = null;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    open.Push(new OpenObject { MetadataOf = metadataOf });
                    break;
                case JsonTokenType.EndObject:
                    End(open.Pop(), (int)reader.TokenStartIndex, insertions);
                    break;
                case JsonTokenType.PropertyName:
                    ReadProperty(ref reader, open.Peek(), results);
                    metadataOf = open.Peek().IsMetadataNext ? open.Peek() : null;
                    continue;
            }

            metadataOf = null;
        }

        return Inserted(json.Span, insertions);
    }

    private static void ReadProperty(ref Utf8JsonReader reader, OpenObject current, Dictionary<string, UploadResult> results)
    {
        current.HasEntries = true;
        current.IsMetadataNext = false;
        if (reader.ValueTextEquals("metadata"u8))
        {
            current.IsMetadataNext = true;
            current.MetadataStart = (int)reader.TokenStartIndex;
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            var value = reader;
            if (value.Read() && value.TokenType == JsonTokenType.String && value.ValueSpan.Length == IdLength)
            {
                current.Result = results.GetValueOrDefault(value.GetString()!);
            }
        }
        else if (reader.ValueTextEquals("mediaType"u8))
        {
            var value = reader;
            value.Read();
            current.MediaTypeEnd = (int)value.BytesConsumed;
        }
    }

    private static void End(OpenObject ended, int at, List<(int At, string Text)> insertions)
    {
        if (ended.MetadataOf is { } owner)
        {
            owner.MetadataEnd = at;
            owner.HasMetadata = ended.HasEntries;
        }

        if (ended is not { Result: { } result, MediaTypeEnd: > 0 and var mediaTypeEnd })
        {
            return;
        }

        if (result.StorageUri is { } storageUri)
        {
            insertions.Add((mediaTypeEnd, $",\"storageUri\":{Quoted(storageUri)}"));
        }

        if (result is { FetchedBytes: { } bytes, FetchedChecksum: var checksum })
        {
            var size = $"\"sizeBytes\":{bytes}" + (checksum is null ? "" : $",\"checksumMd5\":{Quoted(checksum)}");
            insertions.Add(ended.MetadataStart > 0 ? (ended.MetadataStart, size + ",") : (at, "," + size));
        }

        if (result.Error is { } error)
        {
            var entry = $"\"{AttachmentConverter.UploadError}\":{Quoted(error)}";
            insertions.Add(ended.MetadataEnd > 0 ? (ended.MetadataEnd, (ended.HasMetadata ? "," : "") + entry) : (at, $",\"metadata\":{{{entry}}}"));
        }
    }

    private static byte[] Inserted(ReadOnlySpan<byte> json, List<(int At, string Text)> insertions)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + insertions.Sum(static insertion => Encoding.UTF8.GetMaxByteCount(insertion.Text.Length)));
        var copied = 0;
        foreach (var (at, text) in insertions.OrderBy(static insertion => insertion.At))
        {
            output.Write(json[copied..at]);
            Encoding.UTF8.GetBytes(text, output);
            copied = at;
        }

        output.Write(json[copied..]);
        return output.WrittenSpan.ToArray();
    }

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private sealed class OpenObject
    {
        /// <summary>The object whose metadata this is. Null if it is no metadata.</summary>
        public OpenObject? MetadataOf { get; init; }

        public UploadResult? Result { get; set; }

        public int MediaTypeEnd { get; set; }

        public int MetadataStart { get; set; }

        public int MetadataEnd { get; set; }

        public bool HasMetadata { get; set; }

        public bool HasEntries { get; set; }

        public bool IsMetadataNext { get; set; }
    }
}
