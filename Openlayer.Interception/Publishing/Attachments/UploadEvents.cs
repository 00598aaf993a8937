using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>The log events of the uploads of attachments.</summary>
internal static class UploadEvents
{
    public static readonly LogEvent AttachmentNotUploaded = new(
        LogEvent.Delivery,
        430,
        nameof(AttachmentNotUploaded),
        LogLevel.Error,
        "An attachment was not uploaded: {Reason} Its row is sent without its bytes, and says so.");

    public static readonly LogEvent UploadFailed = new(
        LogEvent.Delivery, 431, nameof(UploadFailed), LogLevel.Error, "Uploading attachments failed unexpectedly. Their row is sent without their bytes.");
}
