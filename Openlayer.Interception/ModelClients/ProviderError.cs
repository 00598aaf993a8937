using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>What exceptions of model clients say about a failed request, by their shape.</summary>
internal static class ProviderError
{
    private static readonly ValuePath Status = new("Status", "StatusCode");

    private static readonly ValuePath RequestId = new(
        "RequestID",
        "RequestId",
        "GetRawResponse().Headers.x-request-id",
        "GetRawResponse().Headers.apim-request-id",
        "GetRawResponse().Headers.request-id");

    /// <summary>Records status, request id and the number of attempts where the exception, or one inside of it, has them.</summary>
    public static void Record(Step step, Exception exception, InternalLog faults)
    {
        try
        {
            if (exception is AggregateException { InnerExceptions.Count: > 1 and var attempts })
            {
                step.Metadata["attempts"] = attempts;
            }

            for (var cause = exception; cause is not null; cause = cause.InnerException)
            {
                if (Status.Read(cause) is { } status and (int or Enum) && Convert.ToInt32(status, null) is > 0 and var code)
                {
                    step.Metadata.TryAdd("status", code);
                }

                if (RequestId.Read(cause)?.ToString() is { Length: > 0 } requestId)
                {
                    step.Metadata.TryAdd("requestId", requestId);
                }
            }
        }
        catch (Exception failure)
        {
            faults.Report("What a provider's error says could not be recorded.", failure);
        }
    }
}
