using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>The log events of traces.</summary>
internal static class TracingEvents
{
    public static readonly LogEvent TraceNotCompleted =
        new(LogEvent.Invocation, 150, nameof(TraceNotCompleted), LogLevel.Error, "A trace could not be completed. It is lost.");

    public static readonly LogEvent StepNotOpened =
        new(LogEvent.Invocation, 151, nameof(StepNotOpened), LogLevel.Error, "A step could not be opened. It is not recorded.");

    public static readonly LogEvent StepNotEnded =
        new(LogEvent.Invocation, 152, nameof(StepNotEnded), LogLevel.Error, "A step could not be ended. Its trace may be lost.");

    public static readonly LogEvent SamplerFailed =
        new(LogEvent.Invocation, 153, nameof(SamplerFailed), LogLevel.Error, "OpenlayerOptions.Sampler failed. The call is traced.");
}
