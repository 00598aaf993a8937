using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Capture;

/// <summary>The log events of captures.</summary>
internal static class CaptureEvents
{
    public static readonly LogEvent RedactFailed = new(
        LogEvent.Invocation, 160, nameof(RedactFailed), LogLevel.Error, "OpenlayerOptions.Capture.Redact threw. The text is recorded as \"[redacted]\".");

    public static readonly LogEvent AttachmentNotRead = new(
        LogEvent.Invocation, 161, nameof(AttachmentNotRead), LogLevel.Error, "An attachment could not be read. It is left out, or recorded without its bytes.");

    public static readonly LogEvent AttachmentNotKept = new(
        LogEvent.Invocation, 162, nameof(AttachmentNotKept), LogLevel.Warning, "An attachment will not be uploaded: {Reason}");
}
