using System.Globalization;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Reads what a client's exception says about the failed request: status, request id, number of attempts.</summary>
internal static class ProviderError
{
    private static readonly ValuePath Status = new("Status", "StatusCode");

    private static readonly ValuePath RequestId = new(
        "RequestID",
        "RequestId",
        "GetRawResponse().Headers.x-request-id",
        "GetRawResponse().Headers.apim-request-id",
        "GetRawResponse().Headers.request-id");

    /// <summary>Adds to the step's metadata what the exception and its inner exceptions provide. Never throws.</summary>
    public static void Record(Step step, Exception exception, InternalLog log)
    {
        try
        {
            if (exception is AggregateException { InnerExceptions.Count: > 1 and var attempts })
            {
                step.Metadata["attempts"] = attempts;
            }

            for (var cause = exception; cause is not null; cause = cause.InnerException)
            {
                if (Status.Read(cause) is { } status and (int or Enum) && Convert.ToInt32(status, CultureInfo.InvariantCulture) is > 0 and var code)
                {
                    step.Metadata.TryAdd("status", code);
                }

                if (PropertyReader.Text(RequestId.Read(cause)) is { Length: > 0 } requestId)
                {
                    step.Metadata.TryAdd("requestId", requestId);
                }
            }
        }
        catch (Exception failure)
        {
            log.Report(ModelClientEvents.ProviderErrorNotRecorded, failure);
        }
    }
}
