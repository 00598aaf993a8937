using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The log events of the delivery to Openlayer.</summary>
internal static class DeliveryEvents
{
    public static readonly LogEvent NotConfigured = Warning(
        400,
        nameof(NotConfigured),
        "Traces are not sent to Openlayer. Set {Missing}, or set OpenlayerOptions.SendToOpenlayer to false.");

    public static readonly LogEvent CertificateNotVerified = Warning(
        401,
        nameof(CertificateNotVerified),
        "The certificate of the Openlayer server is not verified. Anyone on the network path can read traces and the API key. Leave OpenlayerOptions.VerifySsl and OPENLAYER_VERIFY_SSL unset to verify it.");

    public static readonly LogEvent Misconfigured = Error(
        402,
        nameof(Misconfigured),
        "{Reason} Nothing is sent to Openlayer until this is corrected: {Options}. Traces are kept as far as there is room. One request tries again every {Pause}.");

    public static readonly LogEvent QueueFull = Warning(
        403,
        nameof(QueueFull),
        "{Count} completed traces are lost: Openlayer had not acknowledged them when there was no more room (OpenlayerOptions.MaxQueueLength, MaxQueueBytes), or the tracer was disposed.");

    public static readonly LogEvent NotAcknowledgedAtExit = Warning(
        404,
        nameof(NotAcknowledgedAtExit),
        "{Count} completed traces are not acknowledged by Openlayer. They are lost if the process ends now. OpenlayerOptions.OfflineBuffer would keep them.");

    public static readonly LogEvent RowNotWritten = Error(405, nameof(RowNotWritten), "A trace could not be written as a row. It is lost.");

    public static readonly LogEvent RowsFailed = Error(406, nameof(RowsFailed), "{Count} completed traces are lost. {Cause}");

    public static readonly LogEvent PipelineNotValid = Error(
        418,
        nameof(PipelineNotValid),
        "The InferencePipelineId of a trace must " + OpenlayerOptions.PipelineIdRule + ". The trace is not sent to Openlayer.");

    public static readonly LogEvent PipelineNotAccepted = Error(
        419,
        nameof(PipelineNotAccepted),
        "{Reason} Openlayer does not accept the InferencePipelineId of a trace. The rows of that pipeline are kept as far as there is room, and the others are sent.");

    public static readonly LogEvent RowNotBuffered =
        Error(407, nameof(RowNotBuffered), "A row could not be written to the offline buffer (OpenlayerOptions.OfflineBuffer). It is lost.");

    public static readonly LogEvent BufferedRowFailed =
        Error(408, nameof(BufferedRowFailed), "{Reason}. The row was moved to the folder set-aside of the offline buffer.");

    public static readonly LogEvent CallbackFailed = Error(409, nameof(CallbackFailed), "OnFlushFailure failed.");
    public static readonly LogEvent ReplayCallbackFailed = Error(410, nameof(ReplayCallbackFailed), "The callback of a replay failed.");

    public static readonly LogEvent CancellationFailed =
        Error(411, nameof(CancellationFailed), "A request to Openlayer failed when it was cancelled.");

    public static readonly LogEvent SenderFailed = Error(412, nameof(SenderFailed), "Sending to Openlayer failed unexpectedly. It continues.");

    public static readonly LogEvent OutageBegan = Warning(
        413,
        nameof(OutageBegan),
        "Sending to Openlayer pauses. {Cause} Traces are kept as far as there is room. One request tries again every {Pause}.");

    public static readonly LogEvent OutageEnded = Warning(
        414,
        nameof(OutageEnded),
        "Sending to Openlayer works again after {Duration}. In that time {Buffered} traces were buffered, {Failed} failed, and {Dropped} were dropped.");

    public static readonly LogEvent ShutdownTimedOut = Warning(
        415,
        nameof(ShutdownTimedOut),
        "{Count} completed traces are lost: Openlayer had not acknowledged them when OpenlayerOptions.ShutdownTimeout ({Timeout}) had passed. {Cause}");

    public static readonly LogEvent CallbackTimedOut = Error(
        416,
        nameof(CallbackTimedOut),
        "OnFlushFailure did not return within {Limit}. Rows that fail until it returns are counted, and not passed to it.");

    public static readonly LogEvent RedirectFollowed = Error(
        417,
        nameof(RedirectFollowed),
        "A redirect was followed, so that Openlayer did not receive the rows of the request. They are sent again. Set AllowAutoRedirect = false on the handler of OpenlayerOptions.CreateHttpClient or HttpMessageHandler, and check OpenlayerOptions.BaseUrl.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.Delivery, id, name, LogLevel.Error, message);

    private static LogEvent Warning(int id, string name, string message) => new(LogEvent.Delivery, id, name, LogLevel.Warning, message);
}
