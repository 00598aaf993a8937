using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Streaming;

/// <summary>The log events of streams.</summary>
internal static class StreamingEvents
{
    public static readonly LogEvent StreamNotRecorded =
        new(LogEvent.Invocation, 120, nameof(StreamNotRecorded), LogLevel.Error, "A stream could not be recorded. The stream itself continues.");
}
