using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Capture.Converters;

/// <summary>
/// Attachments, as Openlayer's SDKs write them: without their bytes. The bytes that will be uploaded are held by the captured value.
/// </summary>
internal sealed class AttachmentConverter : SnapshotConverter
{
    /// <summary>The entry of the metadata that says why the bytes were not uploaded.</summary>
    public const string UploadError = "uploadError";

    public override void Write(SnapshotWriter writer, object value)
    {
        // Reading bytes has a limit of its own.
        var recorded = writer.OutsideTime(value, static (attachments, value) => value as RecordedAttachment ?? attachments.Record((Attachment)value, readsStreams: false));
        if (recorded is null)
        {
            writer.WriteNull();
            return;
        }

        if (recorded.Held is { } held)
        {
            writer.Hold(held);
        }

        if (writer.TryOpen(value: null, isObject: true))
        {
            Write(writer, recorded.Attachment, recorded.Problem);
            writer.Close();
        }
    }

    private static void Write(SnapshotWriter writer, Attachment attachment, string? problem)
    {
        var metadata = attachment.Metadata;
        if (problem is not null)
        {
            metadata = new Dictionary<string, object?>(metadata) { [UploadError] = problem };
        }

        _ = writer.WriteProperty("id", attachment.Id)
            && writer.WriteProperty("name", attachment.Name)
            && writer.WriteProperty("mediaType", attachment.MediaType)
            && (attachment.Url is null || writer.WriteProperty("url", attachment.Url))
            && (attachment.FilePath is null || writer.WriteProperty("filePath", attachment.FilePath))
            && (attachment.SizeBytes is null || writer.WriteProperty("sizeBytes", attachment.SizeBytes))
            && (attachment.ChecksumMd5 is null || writer.WriteProperty("checksumMd5", attachment.ChecksumMd5))
            && (metadata.Count == 0 || writer.WriteProperty("metadata", metadata));
    }
}
