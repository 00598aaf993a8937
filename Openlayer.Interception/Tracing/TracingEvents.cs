using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>The log events of traces.</summary>
internal static class TracingEvents
{
    public static readonly LogEvent TraceNotCompleted =
        new(LogEvent.Invocation, 150, nameof(TraceNotCompleted), LogLevel.Error, "A trace could not be completed. It is lost.");
}
