using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Capture;

/// <summary>The log events of captures.</summary>
internal static class CaptureEvents
{
    public static readonly LogEvent RedactFailed = new(
        LogEvent.Invocation, 160, nameof(RedactFailed), LogLevel.Error, "OpenlayerOptions.Capture.Redact threw. The text is recorded as \"[redacted]\".");
}
