using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Telemetry;

/// <summary>The log events of spans.</summary>
internal static class TelemetryEvents
{
    public static readonly LogEvent SpanNotRecorded =
        new(LogEvent.Telemetry, 700, nameof(SpanNotRecorded), LogLevel.Error, "A span of a model client could not be recorded as a step.");

    public static readonly LogEvent SpanNotStarted =
        new(LogEvent.Telemetry, 701, nameof(SpanNotStarted), LogLevel.Error, "The span of a step could not be started. The step is recorded.");

    public static readonly LogEvent SpanNotEnded =
        new(LogEvent.Telemetry, 702, nameof(SpanNotEnded), LogLevel.Error, "The span of a step could not be ended. The step is recorded.");

    public static readonly LogEvent SourceNotSelected =
        new(LogEvent.Telemetry, 703, nameof(SourceNotSelected), LogLevel.Error, "OpenlayerOptions.Activities.Select failed. The spans of the source do not become steps.");
}
