using System.Diagnostics;
using System.Net.Http.Headers;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Sends one request to the Openlayer data stream, or one update of a row, within <see cref="OpenlayerOptions.RequestTimeout"/>, and says what its outcome means for the
/// rows. A connection that breaks before an answer, such as a pooled one that the server has closed, is replaced and the request repeated, up
/// to twice, as one try. Throws only if its token is cancelled. Nothing of a request or response is logged but the status. Thread-safe.
/// </summary>
internal sealed class DataStreamClient : IDisposable
{
    private const int MaxRepetitions = 2;
    private const int BytesToRecognizePage = 64;
    private const int BytesOfAnswer = 4_096;

    // By the real clock, all of them. An answer that arrived while the process was frozen is read before the time-out counts.
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromMilliseconds(250);

    // A handler that ignores its cancellation is left behind.
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxBodyTime = TimeSpan.FromSeconds(2);

    private static readonly ProductInfoHeaderValue UserAgent =
        new("openlayer-interception", typeof(DataStreamClient).Assembly.GetName().Version?.ToString(3));

    private readonly OpenlayerSettings _settings;
    private readonly DeliveryMeter _meter;
    private readonly InternalLog _log;
    private readonly Func<HttpClient> _createClient;
    private readonly HttpClient? _ownClient;
    private readonly ResiliencePipeline<SendOutcome> _pipeline;

    public DataStreamClient(OpenlayerSettings settings, DeliveryMeter meter, InternalLog log)
    {
        _settings = settings;
        _meter = meter;
        _log = log;
        if (settings.CreateHttpClient is null)
        {
            if (settings is { HttpMessageHandler: null, VerifySsl: false })
            {
                log.Write(DeliveryEvents.CertificateNotVerified);
            }

            // The pipeline limits the time, by the settings' clock.
            _ownClient = new HttpClient(settings.HttpMessageHandler ?? CreateHandler(settings), disposeHandler: settings.HttpMessageHandler is null)
            {
                Timeout = Timeout.InfiniteTimeSpan,
            };
        }

        _createClient = settings.CreateHttpClient ?? (() => _ownClient!);
        _pipeline = new ResiliencePipelineBuilder<SendOutcome> { TimeProvider = settings.TimeProvider }
            .AddTimeout(settings.RequestTimeout)
            .AddRetry(new RetryStrategyOptions<SendOutcome>
            {
                MaxRetryAttempts = MaxRepetitions,
                Delay = TimeSpan.Zero,
                ShouldHandle = static arguments => new(IsBrokenConnection(arguments.Outcome.Exception)),
            })
            .Build();
    }

    /// <summary>Sends rows of one target, or one update, in one request.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled. The request may still arrive.</exception>
    public async Task<SendOutcome> SendAsync(IReadOnlyList<PendingRow> rows, CancellationToken cancellationToken)
    {
        // On the pool, because a handler or a proxy may block its thread.
        var isOverdue = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sending = Task.Run(() => SendInTimeAsync(rows, isOverdue, cancellationToken), CancellationToken.None);
        await Task.WhenAny(sending, isOverdue.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return sending.IsCompleted ? await sending.ConfigureAwait(false) : TimedOut();
    }

    public void Dispose() => _ownClient?.Dispose();

    /// <summary>Sends another request to Openlayer, once, with the key and the custom headers. The answer to a redirected request is a failure.</summary>
    /// <exception cref="HttpRequestException">There was no answer, or a redirect was followed.</exception>
    public async Task<HttpResponseMessage> SendRequestAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var suppressed = SuppressSpan();
        AddHeaders(request);
        var (method, address) = (request.Method, request.RequestUri);
        var response = await _createClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (IsRedirected(response, method, address))
        {
            response.Dispose();
            throw new HttpRequestException("A redirect was followed.");
        }

        return response;
    }

    /// <summary>The address of a resource of Openlayer.</summary>
    /// <param name="path">The path after that of <see cref="OpenlayerOptions.BaseUrl"/>.</param>
    /// <param name="query">The query, after that of <see cref="OpenlayerOptions.BaseUrl"/>. Empty for none.</param>
    public Uri AddressOf(string path, string query = "")
    {
        var baseUrl = _settings.BaseUrl;
        var queries = string.Join('&', new[] { baseUrl.Query.TrimStart('?'), query }.Where(static part => part.Length > 0));
        return new($"{baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}{(queries.Length > 0 ? "?" : "")}{queries}");
    }

    /// <summary>A handler that follows no redirect, keeps no cookies and starts no spans.</summary>
    public static SocketsHttpHandler CreateHandler(OpenlayerSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would take prompts to a host that is not configured.
            AllowAutoRedirect = false,

            // Without a propagator there is no Activity: the library's requests are not part of the application's distributed traces.
            ActivityHeadersPropagator = null,

            // Changes of DNS are seen.
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            Proxy = settings.Proxy,
            UseCookies = false,
        };
        if (!settings.VerifySsl)
        {
#pragma warning disable CA5359 // That is what the option says.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return handler;
    }

    private static bool IsBrokenConnection(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ResponseEnded,
    }
    or HttpRequestException
    {
        HttpRequestError: HttpRequestError.Unknown,
        InnerException: IOException,
    };

    private async Task<SendOutcome> SendInTimeAsync(IReadOnlyList<PendingRow> rows, TaskCompletionSource isOverdue, CancellationToken cancellationToken)
    {
        using var request = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await _pipeline
                .ExecuteAsync(async timeout => await TryAsync(rows, request, isOverdue, timeout).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            return TimedOut();
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Unavailable(exception.InnerException is TimeoutException ? exception.InnerException : exception);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Unavailable(exception);
        }
    }

    private SendOutcome TimedOut() => Unavailable(new TimeoutException(
        $"Openlayer did not answer within OpenlayerOptions.RequestTimeout ({_settings.RequestTimeout})."));

    private static SendOutcome Unavailable(Exception reason) => new(SendResult.Unavailable, reason) { IsServerFailure = true };

    private async Task<SendOutcome> TryAsync(
        IReadOnlyList<PendingRow> rows,
        CancellationTokenSource cancellation,
        TaskCompletionSource isOverdue,
        CancellationToken timeout)
    {
        using var timeoutRegistration = timeout.UnsafeRegister(
            _ =>
            {
                cancellation.CancelAfter(AnswerGrace);
                _ = LeaveBehindAsync(isOverdue);
            },
            null);

        using var suppressed = SuppressSpan();
        var started = _settings.TimeProvider.GetTimestamp();
        string? error = null;
        var status = 0;
        try
        {
            using var request = RequestOf(rows);
            var (method, address) = (request.Method, request.RequestUri);
            AddHeaders(request);
            using var response = await _createClient()
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation.Token)
                .ConfigureAwait(false);
            status = (int)response.StatusCode;
            if (IsRedirected(response, method, address))
            {
                _log.Report(DeliveryEvents.RedirectFollowed);
                return ResponseClassifier.Redirected(response.StatusCode);
            }

            if (rows[0].IsUpdate)
            {
                var answer = response.IsSuccessStatusCode ? await ReadStartAsync(response, BytesOfAnswer, isWhole: true).ConfigureAwait(false) : [];
                return ResponseClassifier.ClassifyUpdate(response, answer, _settings.TimeProvider.GetUtcNow());
            }

            var isPage = response.IsSuccessStatusCode && await IsPageAsync(response).ConfigureAwait(false);
            return ResponseClassifier.Classify(response, isPage, _settings.TimeProvider.GetUtcNow());
        }
        catch (Exception exception)
        {
            error = exception.GetType().FullName;
            throw;
        }
        finally
        {
            _meter.RequestEnded(MethodOf(rows), _settings.TimeProvider.GetElapsedTime(started), status, error);
        }
    }

    /// <summary>
    /// Takes the request out of the application's distributed traces. The library's own handler starts no Activity. The handlers of the
    /// application may: under a parent that is not recorded, the samplers of OpenTelemetry drop it unless they ignore the parent. The loggers of
    /// an IHttpClientFactory are silenced by <c>services.AddHttpClient("openlayer").RemoveAllLoggers()</c>.
    /// </summary>
    private Activity? SuppressSpan()
    {
        Activity.Current = null;
        return _settings is { CreateHttpClient: null, HttpMessageHandler: null }
            ? null
            : new Activity("Openlayer").SetIdFormat(ActivityIdFormat.W3C).Start();
    }

    private static async Task LeaveBehindAsync(TaskCompletionSource isOverdue)
    {
        await Task.Delay(AnswerGrace + CancellationGrace).ConfigureAwait(false);
        isOverdue.TrySetResult();
    }

    /// <summary>
    /// Whether the body is a page for people: proxies and portals return one, with status 200. A body that breaks off or never ends is
    /// none: the headers have acknowledged the rows.
    /// </summary>
    private static async Task<bool> IsPageAsync(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is { } mediaType
        ? ResponseClassifier.IsPage(mediaType)
        : ResponseClassifier.IsPage(await ReadStartAsync(response, BytesToRecognizePage, isWhole: false).ConfigureAwait(false));

    /// <summary>Reads the beginning of a body. A body that breaks off or never ends has what was received in time.</summary>
    /// <param name="response">The response.</param>
    /// <param name="maxBytes">The number of bytes to read.</param>
    /// <param name="isWhole">Whether to read all of them, and not only until there is something other than white space.</param>
    private static async Task<byte[]> ReadStartAsync(HttpResponseMessage response, int maxBytes, bool isWhole)
    {
        using var time = new CancellationTokenSource(MaxBodyTime);
        var start = new byte[maxBytes];
        var length = 0;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(time.Token).ConfigureAwait(false);
            int read;
            do
            {
                read = await body.ReadAsync(start.AsMemory(length), time.Token).ConfigureAwait(false);
                length += read;
            }
            while (read > 0 && length < maxBytes && (isWhole || start.AsSpan(0, length).TrimStart(" \t\r\n"u8).IsEmpty));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            // The headers have arrived.
        }

        return start[..length];
    }

    /// <summary>Custom headers replace the library's own.</summary>
    private void AddHeaders(HttpRequestMessage request)
    {
        if (!_settings.CustomHeaders.ContainsKey("Authorization"))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.ApiKey);
        }

        if (!_settings.CustomHeaders.ContainsKey("User-Agent"))
        {
            request.Headers.UserAgent.Add(UserAgent);
        }

        foreach (var (name, value) in _settings.CustomHeaders)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                // A header of the content, such as Content-Type.
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private HttpRequestMessage RequestOf(IReadOnlyList<PendingRow> rows) => rows[0] is { IsUpdate: true } update
        ? new HttpRequestMessage(MethodOf(rows), AddressOf(PathOf(update, "rows"), $"inferenceId={Uri.EscapeDataString(update.Target.UpdatedId!)}"))
        {
            Content = new RowUpdateContent(update),
        }
        : new HttpRequestMessage(MethodOf(rows), AddressOf(PathOf(rows[0], "data-stream")))
        {
            Content = new DataStreamContent(rows[0].Target, rows),
        };

    private static HttpMethod MethodOf(IReadOnlyList<PendingRow> rows) => rows[0].IsUpdate ? HttpMethod.Put : HttpMethod.Post;

    // A handler of the application may follow redirects.
    private static bool IsRedirected(HttpResponseMessage response, HttpMethod method, Uri? address) =>
        response.RequestMessage is { } sent && (sent.Method != method || sent.RequestUri != address);

    private static string PathOf(PendingRow row, string resource) => $"inference-pipelines/{Uri.EscapeDataString(row.Target.PipelineId)}/{resource}";
}
