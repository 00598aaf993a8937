using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What a response of the data stream, or of something in between, means for the rows of its request.</summary>
internal static class ResponseClassifier
{
    private const string BaseUrlOptions = "OpenlayerOptions.BaseUrl or OPENLAYER_BASE_URL, or the proxy";

    // A longer wish is honoured for this long.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    /// <param name="response">A response whose headers have arrived.</param>
    /// <param name="isPage">Whether its body is a page for people.</param>
    /// <param name="now">The time that a date in <c>Retry-After</c> is relative to.</param>
    public static SendOutcome Classify(HttpResponseMessage response, bool isPage, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and <= 299)
        {
            return isPage
                ? Misconfigured(
                    new HttpRequestException($"A page was returned with status {status}, not by Openlayer.", null, response.StatusCode),
                    BaseUrlOptions)
                : SendOutcome.Acknowledged;
        }

        var outcome = ClassifyFailure(status, FailureOf(response.StatusCode)) with { RetryAfter = RetryAfterOf(response.Headers, now) };
        return ShouldRetry(response.Headers) switch
        {
            true => outcome with { Result = SendResult.Unavailable },
            false when outcome.Result == SendResult.Unavailable => outcome with { Result = SendResult.Rejected },
            _ => outcome,
        };
    }

    /// <summary>What a response to the update of a row means. A row that does not exist is not the fault of an option.</summary>
    /// <param name="response">A response whose headers have arrived.</param>
    /// <param name="answer">The beginning of the body of a response with a status of success.</param>
    /// <param name="now">The time that a date in <c>Retry-After</c> is relative to.</param>
    public static SendOutcome ClassifyUpdate(HttpResponseMessage response, byte[] answer, DateTimeOffset now)
    {
        var outcome = Classify(response, IsPage(response.Content.Headers.ContentType?.MediaType ?? "") || IsPage(answer), now);
        return outcome switch
        {
            { Result: SendResult.Misconfigured } when response.StatusCode == HttpStatusCode.NotFound => outcome with { Result = SendResult.Unknown },
            { Result: SendResult.Acknowledged } when IsNoSuccess(answer) => new(SendResult.Refused, FailureOf(HttpStatusCode.OK)),
            _ => outcome,
        };
    }

    /// <summary>Whether a media type is that of a page for people.</summary>
    public static bool IsPage(string mediaType) => mediaType.Contains("html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a body begins as a page for people does.</summary>
    public static bool IsPage(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'<', ..];

    /// <summary>What a response to another request than the one that was sent means: a redirect was followed.</summary>
    public static SendOutcome Redirected(HttpStatusCode status) => Misconfigured(
        new HttpRequestException("A redirect was followed: Openlayer did not receive the rows.", inner: null, status),
        "AllowAutoRedirect = false on the handler of OpenlayerOptions.CreateHttpClient or HttpMessageHandler, and OpenlayerOptions.BaseUrl");

    private static SendOutcome ClassifyFailure(int status, HttpRequestException failure) => status switch
    {
        400 or 413 or 422 => new(SendResult.Refused, failure),
        401 => Misconfigured(failure, "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY"),
        403 => Misconfigured(
            failure,
            "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY, which has no access to the pipeline of OpenlayerOptions.InferencePipelineId",
            isOfPipeline: true),
        404 => Misconfigured(
            failure,
            "OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID, or OpenlayerOptions.BaseUrl",
            isOfPipeline: true),
        407 => Misconfigured(failure, "OpenlayerOptions.Proxy"),
        415 or 431 => Misconfigured(failure, "OpenlayerOptions.CustomHeaders or OPENLAYER_CUSTOM_HEADERS"),

        // Throttled, in conflict, on a wrong connection, too early, or closed by a proxy.
        409 or 421 or 423 or 425 or 429 or 499 => new(SendResult.Unavailable, failure),
        408 or >= 500 => new(SendResult.Unavailable, failure) { IsServerFailure = true },
        < 400 => Misconfigured(failure, BaseUrlOptions),

        // No row causes any of the others.
        _ => Misconfigured(failure, BaseUrlOptions + ", or the Openlayer account"),
    };

    private static SendOutcome Misconfigured(HttpRequestException failure, string options, bool isOfPipeline = false) =>
        new(SendResult.Misconfigured, failure) { Options = options, IsOfPipeline = isOfPipeline };

    // {"success": false}
    private static bool IsNoSuccess(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("success", out var success)
                && success.ValueKind == JsonValueKind.False;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static HttpRequestException FailureOf(HttpStatusCode status) =>
        new($"Openlayer answered with status {(int)status}.", inner: null, status);

    private static bool? ShouldRetry(HttpResponseHeaders headers) =>
        headers.TryGetValues("x-should-retry", out var values) && bool.TryParse(values.First(), out var shouldRetry) ? shouldRetry : null;

    private static TimeSpan RetryAfterOf(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wish = headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, MaxRetryAfter.TotalMilliseconds))
            : headers.RetryAfter?.Delta ?? (headers.RetryAfter?.Date - now) ?? TimeSpan.Zero;
        return wish < TimeSpan.Zero ? TimeSpan.Zero : wish > MaxRetryAfter ? MaxRetryAfter : wish;
    }
}
