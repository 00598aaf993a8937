using System.Net;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception;

/// <summary>
/// How a container's traces are recorded and where they go. Set in <see cref="OpenlayerContainerBuilderExtensions.RegisterOpenlayer"/>,
/// which also validates it. What is left at null is taken from the environment.
/// </summary>
public sealed class OpenlayerOptions
{
    /// <summary>The address of the Openlayer API where nothing else is set.</summary>
    public static readonly Uri DefaultBaseUrl = new("https://api.openlayer.com/v1");

    // About what a timer can be set to.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(24);

    private Uri? _baseUrl;

    /// <summary>The API key of the Openlayer workspace. Default: null, then <c>OPENLAYER_API_KEY</c>. Without one nothing is sent to Openlayer.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The inference pipeline that rows go to. Default: null, then <c>OPENLAYER_INFERENCE_PIPELINE_ID</c>. Without one nothing is sent to Openlayer.
    /// </summary>
    public string? InferencePipelineId { get; set; }

    /// <summary>
    /// The address of the Openlayer API, with or without a slash at its end. Default: <c>OPENLAYER_BASE_URL</c>, else <see cref="DefaultBaseUrl"/>.
    /// </summary>
    public Uri BaseUrl
    {
        get => _baseUrl ?? DefaultBaseUrl;
        set => _baseUrl = value;
    }

    /// <summary>Whether calls are traced. Default: true. False costs a proxied call one branch. May be changed while the application runs.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Whether rows are sent to Openlayer; <see cref="Publishers"/> are not concerned. Default: null, then true unless
    /// <c>OPENLAYER_DISABLE_PUBLISH</c> is <c>true</c>, <c>on</c> or <c>1</c>.
    /// </summary>
    public bool? SendToOpenlayer { get; set; }

    /// <summary>Where completed traces go besides Openlayer. Default: nowhere.</summary>
    public IList<ITracePublisher> Publishers { get; } = [];

    /// <summary>The share of traces that is recorded, from 0 (none) to 1 (all). Decided once for each root. Default: 1.</summary>
    public double SamplingRate { get; set; } = 1;

    /// <summary>
    /// Whether a request to a model that no step is around is a trace of its own. Default: true. False leaves such requests out.
    /// </summary>
    public bool TraceOrphanModelCalls { get; set; } = true;

    /// <summary>The application's own model clients, besides those that are recognised. Default: none.</summary>
    public ProviderClientRegistry ProviderClients { get; } = new();

    /// <summary>What is recorded of inputs and outputs, and how much.</summary>
    public CaptureOptions Capture { get; } = new();

    /// <summary>
    /// How long a stream that nobody reads or disposes may hold its trace open, counted from the last item that was asked for. Then the
    /// stream's step ends with the note <c>abandoned</c>, at the latest after twice that time. Default: 5 minutes. More than zero, at most 30 days.
    /// </summary>
    public TimeSpan StreamGracePeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How many completed traces may wait for each publisher. Over that the oldest go to the offline buffer if they wait for Openlayer and
    /// <see cref="OfflineBuffer"/> is on; else they are dropped, counted and logged, at most once a minute. Default: 2,048. At least 1.
    /// </summary>
    public int MaxQueueLength { get; set; } = 2_048;

    /// <summary>
    /// How many bytes the completed traces that wait for one publisher, and the rows that wait for Openlayer, may hold; over that as over
    /// <see cref="MaxQueueLength"/>. A trace's bytes are estimated as its values are captured. Default: 64 MiB. At least 1.
    /// </summary>
    public long MaxQueueBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How many rows one request to Openlayer may hold. Default: 100. From 1 to 10,000.</summary>
    public int MaxBatchLength { get; set; } = 100;

    /// <summary>How many bytes the rows of one request may take; a row that is larger travels alone. Default: 1 MiB. At least 1.</summary>
    public int MaxBatchBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a row waits for others to share its request, unless the request is full or flushed. Default: 1 second. Zero to 24 days.</summary>
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one request to Openlayer may take. Default: 60 seconds. From 10 milliseconds to 24 hours.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How often a row is sent before it is given up: after connection errors, time-outs and the answers 408, 409, 429 and 5xx. The waits
    /// between grow from 0.5 to 8 seconds, or are what the answer's <c>Retry-After</c> says. Default: 6. From 1 to 1,000.
    /// </summary>
    public int MaxTries { get; set; } = 6;

    /// <summary>
    /// How long nothing is sent after the server has been failing, or has refused the key or the pipeline; then one request tries again.
    /// Default: 30 seconds. From 0.5 seconds to 24 hours.
    /// </summary>
    public TimeSpan CircuitBreakDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where rows are kept on disk that could not be sent. Off by default.</summary>
    public OfflineBufferOptions OfflineBuffer { get; } = new();

    /// <summary>
    /// Called, in the background and one call at a time, with each row that was given up: refused, or not sent in <see cref="MaxTries"/>
    /// and not buffered. <see cref="OpenlayerTrace.OnFlushFailure"/> is called in its place where it is set. What it throws is logged and changes
    /// nothing. Default: null.
    /// </summary>
    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>
    /// Headers of each request to Openlayer. Default: those of <c>OPENLAYER_CUSTOM_HEADERS</c>, one <c>Name: value</c> a line. A header
    /// that is set here wins over one there.
    /// </summary>
    public IDictionary<string, string> CustomHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the server's certificate has to verify. Default: null, then true unless <c>OPENLAYER_VERIFY_SSL</c> is <c>false</c>,
    /// <c>off</c> or <c>0</c>. False is warned about. Without effect on <see cref="HttpMessageHandler"/> and <see cref="CreateHttpClient"/>.
    /// </summary>
    public bool? VerifySsl { get; set; }

    /// <summary>
    /// The proxy that requests to Openlayer take. Default: null, then the system's (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>, ...). Without effect
    /// on <see cref="HttpMessageHandler"/> and <see cref="CreateHttpClient"/>.
    /// </summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>What requests to Openlayer are sent by. It is not disposed. Default: null, then a handler of the library's own.</summary>
    public HttpMessageHandler? HttpMessageHandler { get; set; }

    /// <summary>
    /// Makes the client for a request to Openlayer, such as <c>() => factory.CreateClient("openlayer")</c> with an
    /// <c>IHttpClientFactory</c>. Called for each request; the clients are not disposed. Default: null.
    /// </summary>
    public Func<HttpClient>? CreateHttpClient { get; set; }

    /// <summary>How long disposing the container may wait for what is still to be published. Default: 10 seconds. Zero to 24 days.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Where warnings and failures are logged. Default: null, then the container's <see cref="ILoggerFactory"/>, if it has one.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Fills in from the environment what has not been set.</summary>
    internal void ReadEnvironment(Func<string, string?> variable)
    {
        ApiKey = Given(ApiKey) ?? Given(variable("OPENLAYER_API_KEY"));
        InferencePipelineId = Given(InferencePipelineId) ?? Given(variable("OPENLAYER_INFERENCE_PIPELINE_ID"));
        SendToOpenlayer ??= variable("OPENLAYER_DISABLE_PUBLISH")?.Trim().ToUpperInvariant() is not ("TRUE" or "ON" or "1");
        if (_baseUrl is null && Given(variable("OPENLAYER_BASE_URL")) is { } baseUrl)
        {
            _baseUrl = Uri.TryCreate(baseUrl, UriKind.Absolute, out var uri)
                ? uri
                : throw new ArgumentException("OPENLAYER_BASE_URL is not an absolute address. Set it to one such as https://api.openlayer.com/v1.");
        }

        VerifySsl ??= variable("OPENLAYER_VERIFY_SSL")?.Trim().ToUpperInvariant() is not ("FALSE" or "OFF" or "0");
        ReadCustomHeaders(variable("OPENLAYER_CUSTOM_HEADERS"));
    }

    /// <exception cref="ArgumentException">An option is outside of its range; the message names it and its range.</exception>
    internal void Validate()
    {
        Require(
            BaseUrl.IsAbsoluteUri && BaseUrl.Scheme is "http" or "https",
            nameof(BaseUrl),
            "must be an absolute http or https address, such as https://api.openlayer.com/v1");
        Require(ApiKey is null || !ApiKey.Any(char.IsControl), nameof(ApiKey), "must not hold line breaks or other control characters");
        Require(SamplingRate is >= 0 and <= 1, nameof(SamplingRate), "must be from 0 (no traces) to 1 (all traces)");
        Require(
            StreamGracePeriod > TimeSpan.Zero && StreamGracePeriod <= TimeSpan.FromDays(30),
            nameof(StreamGracePeriod),
            "must be more than zero and at most 30 days");
        Require(MaxQueueLength >= 1, nameof(MaxQueueLength), "must be at least 1");
        Require(MaxQueueBytes >= 1, nameof(MaxQueueBytes), "must be at least 1");
        Require(MaxBatchLength is >= 1 and <= 10_000, nameof(MaxBatchLength), "must be from 1 to 10,000");
        Require(MaxBatchBytes >= 1, nameof(MaxBatchBytes), "must be at least 1");
        Require(BatchDelay >= TimeSpan.Zero && BatchDelay <= MaxTimeout, nameof(BatchDelay), "must be from zero to 24 days");
        Require(
            RequestTimeout >= TimeSpan.FromMilliseconds(10) && RequestTimeout <= TimeSpan.FromDays(1),
            nameof(RequestTimeout),
            "must be from 10 milliseconds to 24 hours");
        Require(MaxTries is >= 1 and <= 1_000, nameof(MaxTries), "must be from 1 to 1,000");
        Require(
            CircuitBreakDuration >= TimeSpan.FromSeconds(0.5) && CircuitBreakDuration <= TimeSpan.FromDays(1),
            nameof(CircuitBreakDuration),
            "must be from 0.5 seconds to 24 hours");
        Require(
            HttpMessageHandler is null || CreateHttpClient is null,
            nameof(HttpMessageHandler),
            "must be null where CreateHttpClient is set");
        Require(
            CustomHeaders.All(static header => IsHeader(header.Key, header.Value)),
            nameof(CustomHeaders),
            "must have HTTP tokens as names, and values without line breaks or other control characters");
        Require(
            !string.IsNullOrWhiteSpace(OfflineBuffer.Path) && !OfflineBuffer.Path.Contains('\0', StringComparison.Ordinal),
            $"{nameof(OfflineBuffer)}.{nameof(OfflineBuffer.Path)}",
            "must be a path");
        Require(OfflineBuffer.MaxFiles >= 1, $"{nameof(OfflineBuffer)}.{nameof(OfflineBuffer.MaxFiles)}", "must be at least 1");
        Require(OfflineBuffer.MaxBytes >= 1, $"{nameof(OfflineBuffer)}.{nameof(OfflineBuffer.MaxBytes)}", "must be at least 1");
        Require(ShutdownTimeout >= TimeSpan.Zero && ShutdownTimeout <= MaxTimeout, nameof(ShutdownTimeout), "must be from zero to 24 days");
        Require(TimeProvider is not null, nameof(TimeProvider), "must not be null; leave it at TimeProvider.System");
        Require(Publishers.All(static publisher => publisher is not null), nameof(Publishers), "must not hold null");
        Require(Capture.MaxDepth >= 1, $"{nameof(Capture)}.{nameof(Capture.MaxDepth)}", "must be at least 1");
        Require(Capture.MaxItems >= 0, $"{nameof(Capture)}.{nameof(Capture.MaxItems)}", "must be at least 0");
        Require(Capture.MaxStringLength >= 0, $"{nameof(Capture)}.{nameof(Capture.MaxStringLength)}", "must be at least 0");
        Require(Capture.MaxBytes >= 1024, $"{nameof(Capture)}.{nameof(Capture.MaxBytes)}", "must be at least 1,024");
    }

    private static void Require(bool condition, string option, string range)
    {
        if (!condition)
        {
            throw new ArgumentException($"{nameof(OpenlayerOptions)}.{option} {range}.", option);
        }
    }

    private static bool IsHeader(string name, string? value) =>
        name.Length > 0
        && name.All(static character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal))
        && value?.Any(char.IsControl) == false;

    private void ReadCustomHeaders(string? lines)
    {
        foreach (var line in (lines ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? ("", "") : (line[..colon].TrimEnd(), line[(colon + 1)..].TrimStart());
            if (!IsHeader(name, value))
            {
                throw new ArgumentException("OPENLAYER_CUSTOM_HEADERS must hold one header a line, as Name: value.");
            }

            CustomHeaders.TryAdd(name, value);
        }
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
