using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Telemetry;

/// <summary>The log events of spans.</summary>
internal static class TelemetryEvents
{
    public static readonly LogEvent SpanNotRecorded =
        new(LogEvent.Telemetry, 700, nameof(SpanNotRecorded), LogLevel.Error, "A span of a model client could not be recorded as a step.");
}
