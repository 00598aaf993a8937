using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Sends requests to the Openlayer data stream and says what became of them. Tries again where that may help; asks a server that keeps
/// failing only now and then. Throws only what its cancellation token asks for. Of requests and answers nothing but the status is logged.
/// </summary>
internal sealed class DataStreamClient : IDisposable
{
    // A longer wish ends the tries: nothing is sent until then, but what waits is kept in the meantime.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly ResiliencePropertyKey<Attempt> AttemptKey = new("attempt");

    private readonly OpenlayerSettings _settings;
    private readonly DeliveryMeter _meter;
    private readonly Func<HttpClient> _client;
    private readonly HttpClient? _ownClient;
    private readonly ResiliencePipeline<DataStreamAnswer> _pipeline;
    private readonly CircuitBreakerManualControl _circuit = new();

    public DataStreamClient(OpenlayerSettings settings, DeliveryMeter meter, InternalLog faults)
    {
        _settings = settings;
        _meter = meter;
        if (settings.CreateHttpClient is null)
        {
            // The time-out is the pipeline's, by the settings' clock.
            _ownClient = new HttpClient(settings.HttpMessageHandler ?? CreateHandler(settings, faults), disposeHandler: settings.HttpMessageHandler is null)
            {
                Timeout = Timeout.InfiniteTimeSpan,
            };
        }

        _client = settings.CreateHttpClient ?? (() => _ownClient!);
        _pipeline = CreatePipeline(settings, _circuit);
    }

    /// <summary>Sends rows of one target in one request, as often as is left of their tries.</summary>
    public async Task<SendOutcome> SendAsync(IReadOnlyList<PendingRow> rows, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(rows, rows.Max(static row => row.Tries));
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(AttemptKey, attempt);
            var answer = await _pipeline.ExecuteAsync(TryAsync, context).ConfigureAwait(false);
            return Judge(answer, attempt.Tries);
        }
        catch (BrokenCircuitException exception)
        {
            return new(SendResult.Unavailable, attempt.LastFailure ?? exception, attempt.Tries, exception.RetryAfter ?? _settings.CircuitBreakDuration);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(SendResult.Unavailable, exception, attempt.Tries);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Forgets that the server was failing: the next request is sent.</summary>
    public Task ResetAsync() => _circuit.CloseAsync();

    public void Dispose() => _ownClient?.Dispose();

    private static SocketsHttpHandler CreateHandler(OpenlayerSettings settings, InternalLog faults)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would take prompts to a host that nobody configured.
            AllowAutoRedirect = false,

            // No propagator, no Activity: what is sent here is no part of the application's own distributed traces.
            ActivityHeadersPropagator = null,

            // DNS changes are seen.
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            Proxy = settings.Proxy,
            UseCookies = false,
        };
        if (settings.VerifySsl == false)
        {
            faults.Write(DeliveryEvents.CertificateNotVerified);
#pragma warning disable CA5359 // That is what the option says.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return handler;
    }

    private static ResiliencePipeline<DataStreamAnswer> CreatePipeline(OpenlayerSettings settings, CircuitBreakerManualControl circuit)
    {
        var builder = new ResiliencePipelineBuilder<DataStreamAnswer> { TimeProvider = settings.TimeProvider };
        if (settings.MaxTries > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<DataStreamAnswer>
            {
                MaxRetryAttempts = settings.MaxTries - 1,
                ShouldHandle = arguments => new(IsWorthRetrying(arguments, settings.MaxTries)),
                DelayGenerator = static arguments => new(arguments.Outcome.Result?.RetryAfter ?? Backoff(arguments.AttemptNumber)),
            });
        }

        // One that a server which is down fails at soon, and one that answers again is not kept from for long.
        builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<DataStreamAnswer>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 3,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = settings.CircuitBreakDuration,
            ManualControl = circuit,
            ShouldHandle = static arguments => new(
                arguments.Outcome.Exception is not null and not OperationCanceledException || arguments.Outcome.Result is { IsServerFailure: true }),
        });
        return builder.AddTimeout(settings.RequestTimeout).Build();
    }

    private static bool IsWorthRetrying(RetryPredicateArguments<DataStreamAnswer> arguments, int maxTries)
    {
        var attempt = arguments.Context.Properties.GetValue(AttemptKey, null!);
        attempt.LastFailure = arguments.Outcome.Exception ?? attempt.LastFailure;
        var mayHelp = arguments.Outcome switch
        {
            { Exception: BrokenCircuitException } => false,
            { Exception: not null } => !arguments.Context.CancellationToken.IsCancellationRequested,
            { Result: { IsTransient: true } answer } => !(answer.RetryAfter > LongestRetryAfter),
            _ => false,
        };
        if (arguments.Outcome.Result is { IsTransient: true } failure)
        {
            attempt.LastFailure = StatusException(failure.Status);
        }

        return mayHelp && attempt.TriesBefore + attempt.Tries < maxTries;
    }

    /// <summary>Between half a second and 8 seconds, twice as long each time, and never the same for two that failed together.</summary>
    private static TimeSpan Backoff(int attempt)
    {
        var shortest = Math.Min(0.5 * Math.Pow(2, attempt), 4);
#pragma warning disable CA5394 // Nothing is kept secret by it.
        return TimeSpan.FromSeconds(shortest * (1 + Random.Shared.NextDouble()));
#pragma warning restore CA5394
    }

    private static HttpRequestException StatusException(int status) =>
        new($"Openlayer answered with status {status}.", inner: null, (HttpStatusCode)status);

    private static SendOutcome Judge(DataStreamAnswer answer, int tries)
    {
        if (answer is { Status: >= 200 and <= 299, IsPage: false })
        {
            return new(SendResult.Acknowledged, Tries: tries);
        }

        var reason = answer.IsPage && answer.Status < 300
            ? new HttpRequestException($"A page was answered with status {answer.Status}, not by Openlayer.", null, (HttpStatusCode)answer.Status)
            : StatusException(answer.Status);
        return answer.Status switch
        {
            < 400 => new(SendResult.Misconfigured, reason, tries) { Options = "OpenlayerOptions.BaseUrl or OPENLAYER_BASE_URL, or the proxy" },
            400 or 413 or 422 => new(SendResult.Refused, reason, tries),
            401 => new(SendResult.Misconfigured, reason, tries) { Options = "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY" },
            403 => new(SendResult.Misconfigured, reason, tries)
            {
                Options = "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY, which has no access to the pipeline of OpenlayerOptions.InferencePipelineId",
            },
            404 => new(SendResult.Misconfigured, reason, tries)
            {
                Options = "OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID, or OpenlayerOptions.BaseUrl",
            },
            407 => new(SendResult.Misconfigured, reason, tries) { Options = "OpenlayerOptions.Proxy" },
            _ when answer.IsTransient => new(SendResult.Unavailable, reason, tries, answer.RetryAfter ?? default),
            _ => new(SendResult.Rejected, reason, tries),
        };
    }

    /// <summary>Whether the body is a page: proxies and portals answer with one, and with status 200.</summary>
    private static async Task<bool> IsPageAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        if (mediaType is not null)
        {
            return mediaType.Contains("html", StringComparison.OrdinalIgnoreCase);
        }

        var start = ArrayPool<byte>.Shared.Rent(64);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var length = await body.ReadAtLeastAsync(start.AsMemory(0, 64), 64, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return start.AsSpan(0, length).TrimStart(" \t\r\n"u8) is [(byte)'<', ..];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }

    private async ValueTask<DataStreamAnswer> TryAsync(ResilienceContext context)
    {
        var attempt = context.Properties.GetValue(AttemptKey, null!);
        attempt.Tries++;
        var rows = attempt.Rows;
        var started = _settings.TimeProvider.GetTimestamp();
        string? error = null;
        var status = 0;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(rows[0].Target.PipelineId));
            request.Content = new DataStreamContent(rows[0].Target, rows);
            AddHeaders(request);
            using var response = await _client()
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.CancellationToken)
                .ConfigureAwait(false);
            status = (int)response.StatusCode;
            var isPage = response.IsSuccessStatusCode && await IsPageAsync(response, context.CancellationToken).ConfigureAwait(false);
            return new DataStreamAnswer(status, isPage, RetryAfterOf(response));
        }
        catch (Exception exception)
        {
            error = exception.GetType().FullName;
            throw;
        }
        finally
        {
            _meter.RequestEnded(_settings.TimeProvider.GetElapsedTime(started), status, error);
        }
    }

    /// <summary>What is set wins over what is sent by default.</summary>
    private void AddHeaders(HttpRequestMessage request)
    {
        if (!_settings.CustomHeaders.ContainsKey("Authorization"))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.ApiKey);
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

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } retryAfter)
        {
            return null;
        }

        var pause = retryAfter.Delta ?? (retryAfter.Date - _settings.TimeProvider.GetUtcNow());
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause > LongestPause ? LongestPause : pause;
    }

    private Uri AddressOf(string pipelineId)
    {
        var baseUrl = _settings.BaseUrl;
        var path = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return new($"{path}/inference-pipelines/{Uri.EscapeDataString(pipelineId)}/data-stream{baseUrl.Query}");
    }

    /// <summary>A request and how it has gone so far.</summary>
    private sealed class Attempt(IReadOnlyList<PendingRow> rows, int triesBefore)
    {
        public IReadOnlyList<PendingRow> Rows { get; } = rows;

        public int TriesBefore { get; } = triesBefore;

        public int Tries { get; set; }

        public Exception? LastFailure { get; set; }
    }
}
