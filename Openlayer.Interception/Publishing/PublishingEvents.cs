using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing;

/// <summary>The log events of publishers and of the end of the process.</summary>
internal static class PublishingEvents
{
    public static readonly LogEvent TraceNotQueued = Error(300, nameof(TraceNotQueued), "A completed trace could not be queued. It is lost.");

    public static readonly LogEvent ProcessEndFailed =
        Error(301, nameof(ProcessEndFailed), "Publishing failed while the process was ending. Traces may be lost.");

    public static readonly LogEvent PublisherFailed =
        Error(302, nameof(PublisherFailed), "The publisher {Publisher} failed. The traces of the failed call may not have been published.");

    public static readonly LogEvent PublisherCancellationFailed =
        Error(303, nameof(PublisherCancellationFailed), "The publisher {Publisher} failed when it was cancelled.");

    public static readonly LogEvent PublisherQueueFull = Warning(
        304,
        nameof(PublisherQueueFull),
        "{Count} completed traces are lost: the queue of {Publisher} was full (OpenlayerOptions.MaxQueueLength is {MaxQueueLength}, MaxQueueBytes is {MaxQueueBytes}), or the tracer was disposed.");

    public static readonly LogEvent PublisherTimedOut = Warning(
        305,
        nameof(PublisherTimedOut),
        "{Count} completed traces are lost: {Publisher} did not publish them within {ShutdownTimeout} (OpenlayerOptions.ShutdownTimeout).");

    public static readonly LogEvent PublisherNotFinishedAtExit = Warning(
        306,
        nameof(PublisherNotFinishedAtExit),
        "{Count} completed traces are not published by {Publisher}; they are lost if the process ends now.");

    public static readonly LogEvent EnricherFailed =
        Error(307, nameof(EnricherFailed), "OpenlayerOptions.Enrich failed. The trace is published as it is.");

    public static readonly LogEvent FilterFailed = Error(308, nameof(FilterFailed), "OpenlayerOptions.Filter failed. The trace is published.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.Publishing, id, name, LogLevel.Error, message);

    private static LogEvent Warning(int id, string name, string message) => new(LogEvent.Publishing, id, name, LogLevel.Warning, message);
}
