using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Options;

namespace Openlayer.Interception;

/// <summary>
/// Configures what is traced, recorded and sent. The options are validated and copied when the tracer is created: only <see cref="Enabled"/>
/// and <see cref="SamplingRate"/> take effect when they are changed later. An option that is not set is read from its environment variable,
/// if it has one, and then has its default. White space around text is ignored.
/// </summary>
public sealed class OpenlayerOptions
{
    /// <summary>The default of <see cref="BaseUrl"/>.</summary>
    public static readonly Uri DefaultBaseUrl = new("https://api.openlayer.com/v1");

    internal const string HttpRule = "be an absolute http or https address, such as https://api.openlayer.com/v1";

    internal const string PrintableRule = "hold only printable ASCII characters, and no line breaks";

    internal const string PipelineIdRule = "be the ID of an inference pipeline, as Openlayer shows it, not . or .., and without slashes and control characters";

    private Uri? _baseUrl;

    /// <summary>The API key of the Openlayer workspace. Nothing is sent to Openlayer without one. Default: null.</summary>
    /// <remarks>Environment: <c>OPENLAYER_API_KEY</c>.</remarks>
    [FromEnvironment("OPENLAYER_API_KEY")]
    [Must(PrintableRule, nameof(IsApiKeyPrintable))]
    public string? ApiKey { get; set; }

    /// <summary>The ID of the inference pipeline that receives the rows. Nothing is sent to Openlayer without one. Default: null.</summary>
    /// <remarks>Environment: <c>OPENLAYER_INFERENCE_PIPELINE_ID</c>.</remarks>
    [FromEnvironment("OPENLAYER_INFERENCE_PIPELINE_ID")]
    [Must(PipelineIdRule, nameof(IsInferencePipelineIdValid))]
    public string? InferencePipelineId { get; set; }

    /// <summary>The address of the Openlayer API, http or https, with or without a trailing slash. Default: <see cref="DefaultBaseUrl"/>.</summary>
    /// <remarks>Environment: <c>OPENLAYER_BASE_URL</c>.</remarks>
    [FromEnvironment("OPENLAYER_BASE_URL")]
    [Must(HttpRule, nameof(IsBaseUrlHttp))]
    public Uri BaseUrl
    {
        get => _baseUrl ?? DefaultBaseUrl;
        set => _baseUrl = value;
    }

    /// <summary>
    /// Whether calls are traced. False costs a proxied call one look-up: guardrails check all the same. Takes effect immediately when it is
    /// changed. Default: true.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether rows are sent to Openlayer; <see cref="Publishers"/> receive traces regardless. Default: null, which means true.</summary>
    /// <remarks>
    /// Environment: <c>OPENLAYER_DISABLE_PUBLISH</c>. <c>true</c>, <c>on</c> or <c>1</c> turns sending off; <c>false</c>, <c>off</c> or
    /// <c>0</c> leaves it on.
    /// </remarks>
    [FromEnvironment("OPENLAYER_DISABLE_PUBLISH")]
    public bool? SendToOpenlayer { get; set; }

    /// <summary>The publishers that receive completed traces in addition to Openlayer. Default: none.</summary>
    [Must("not contain null", nameof(HasNoNullPublisher))]
    public IList<ITracePublisher> Publishers { get; } = [];

    /// <summary>
    /// The share of traces that are recorded, from 0 (none) to 1 (all). Decided once per trace, at its root, and again for each trace of work
    /// that outlives the root. Takes effect with the next trace when it is changed. Default: 1.
    /// </summary>
    [Range(0.0, 1.0)]
    public double SamplingRate { get; set; } = 1;

    /// <summary>
    /// Decides before a root call whether it becomes a trace, by the name and type of its step. <see cref="SamplingRate"/> applies to the roots
    /// that it accepts. Exceptions are logged, and the root is traced. Default: null, which accepts every root.
    /// </summary>
    public Func<string, StepType, bool>? Sampler { get; set; }

    /// <summary>
    /// Whether traces that <see cref="SamplingRate"/> or <see cref="Sampler"/> leave out are published all the same if they failed: if an
    /// exception left one of their steps, or was recorded on it. A cancellation is no failure, unless its inner exception is a
    /// <see cref="TimeoutException"/>. To know which ones fail, every trace is recorded until it is complete: a trace that is left out takes the
    /// time and memory of one that is published, but not those of its delivery. Default: false.
    /// </summary>
    public bool KeepFailures { get; set; }

    /// <summary>
    /// Called once with each trace when it is complete, before <see cref="Filter"/>: to set columns, for example. Several delegates run in
    /// turn, on the thread that ended the trace's last step. Their calls are not traced. Exceptions are logged, and the trace is published.
    /// Default: null.
    /// </summary>
    public Action<OpenlayerTrace>? Enrich { get; set; }

    /// <summary>
    /// Decides whether a complete trace is published, for all publishers. Runs on the thread that ended the trace's last step; its calls are
    /// not traced. Exceptions are logged, and the trace is published. Default: null, which publishes every trace.
    /// </summary>
    public Func<OpenlayerTrace, bool>? Filter { get; set; }

    /// <summary>
    /// Whether the spans of steps carry inputs and outputs, redacted and cut as in rows. Spans themselves need no option: see docs/opentelemetry.md.
    /// Default: null, which means false.
    /// </summary>
    /// <remarks>
    /// Environment: <c>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT</c>. <c>true</c>, <c>on</c>, <c>1</c>, <c>span_only</c> or
    /// <c>span_and_event</c> turns it on; other values, which are for other libraries, leave it off.
    /// </remarks>
    [FromEnvironment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")]
    public bool? SpanContent { get; set; }

    /// <summary>Whether a model request outside any step becomes a trace of its own. Default: true.</summary>
    public bool TraceOrphanModelCalls { get; set; } = true;

    /// <summary>The application's own model clients, in addition to those the library recognizes. Default: none.</summary>
    public ProviderClientRegistry ProviderClients { get; } = new();

    /// <summary>
    /// The prices of models that Openlayer does not price. A request whose <see cref="ModelStep.Cost"/> is not set gets its cost from them.
    /// Default: none.
    /// </summary>
    [Must("have entries with a Model and with prices that are finite and at least 0, one for each model of a provider", nameof(HasValidPrices))]
    public IList<ModelPrice> Prices { get; } = [];

    /// <summary>
    /// Whether a row's <c>tokens</c> and <c>cost</c> are the sums over the requests to models in its trace. If not, they are the root's own, as
    /// those of Openlayer's SDKs: 0 if the root is no request. Default: false.
    /// </summary>
    public bool SumUsage { get; set; }

    /// <summary>The guardrails of methods that predicates select, in addition to those of <see cref="GuardrailAttribute"/>. Default: none.</summary>
    public GuardrailRegistry Guardrails { get; } = new();

    /// <summary>What is recorded of inputs and outputs, and its limits.</summary>
    public CaptureOptions Capture { get; } = new();

    /// <summary>Whether the bytes of attachments are uploaded, and the limits for them. Default: they are not.</summary>
    public AttachmentOptions Attachments { get; } = new();

    /// <summary>Which spans of other libraries become steps. Default: those of libraries for generative AI.</summary>
    public ActivityOptions Activities { get; } = new();

    /// <summary>
    /// How long a stream that is neither read nor disposed keeps its trace open, from the last item requested. Its step then ends with the
    /// note <c>abandoned</c>, no later than after twice this time. From 1 millisecond to 30 days. Default: 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan StreamGracePeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a trace whose root has ended waits for steps that are still open, from the last time that a step opened or ended or a stream
    /// produced an item. The trace is then published, no later than after one and a half times this time. The open steps have the metadata
    /// <c>stillOpen</c>. From 1 millisecond to 30 days. Default: 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan TraceGracePeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The number of steps in one trace. Further steps are not recorded; the root's metadata <c>omittedSteps</c> has their number. At least 1.
    /// Default: 131,072.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxTraceSteps { get; set; } = 131_072;

    /// <summary>
    /// The number of bytes that one trace may hold, as estimated when its values are captured. Further steps are not recorded, and further
    /// values are left out or recorded as <c>[trace limit]</c>; the root's metadata <c>omittedSteps</c> and <c>omittedValues</c> have their
    /// numbers. At least 1,024. Default: 64 MiB.
    /// </summary>
    [Range(typeof(long), "1024", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxTraceBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// The number of completed traces that may wait for each destination. Beyond it, the oldest traces for Openlayer go to
    /// <see cref="OfflineBuffer"/> if it is enabled; other traces are dropped, counted, and logged at most once a minute. At least 1.
    /// Default: 2,048.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxQueueLength { get; set; } = 2_048;

    /// <summary>
    /// The number of bytes that the completed traces waiting for one destination may hold. Beyond it, traces are handled as for
    /// <see cref="MaxQueueLength"/>. The bytes of a trace are estimated as its values are captured. At least 1. Default: 64 MiB.
    /// </summary>
    [Range(typeof(long), "1", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxQueueBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>The number of rows in one request to Openlayer. From 1 to 10,000. Default: 100.</summary>
    [Range(1, 10_000)]
    public int MaxBatchLength { get; set; } = 100;

    /// <summary>The number of bytes that the rows of one request may take. A larger row is sent alone. At least 1. Default: 1 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBatchBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a row waits for others to share its request, unless the request is full or flushed. From zero to 24 days. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "24.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one request to Openlayer may take. From 10 milliseconds to 1 day. Default: 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The number of requests that are sent with a row before it fails or is buffered. Requests are retried with back-off after connection
    /// errors, time-outs, and responses that do not refuse the row itself. A pause does not count as a try. From 1 to 1,000. Default: 6.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxTries { get; set; } = 6;

    /// <summary>
    /// How long sending pauses after three failures of the server in a row, or while it refuses the key, the pipeline or the address. One
    /// request then tests whether sending works again. Rows that a flush or the shutdown waits for are retried meanwhile. From 500
    /// milliseconds to 1 day. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan CircuitBreakDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The buffer on disk for rows that cannot be sent. Disabled by default.</summary>
    public OfflineBufferOptions OfflineBuffer { get; } = new();

    /// <summary>
    /// Called in the background, one call at a time, with each row that failed: refused, or not acknowledged after <see cref="MaxTries"/> or
    /// within <see cref="ShutdownTimeout"/>, and not buffered. <see cref="OpenlayerTrace.OnFlushFailure"/>, if set, is called instead.
    /// Exceptions are logged. A call that takes longer than 5 seconds no longer delays delivery. Default: null.
    /// </summary>
    public Action<FlushFailure>? OnFlushFailure { get; set; }

    /// <summary>The headers added to each request to Openlayer. They take precedence over those of the environment. Default: none.</summary>
    /// <remarks>Environment: <c>OPENLAYER_CUSTOM_HEADERS</c>, one <c>Name: value</c> per line.</remarks>
    [FromEnvironment("OPENLAYER_CUSTOM_HEADERS")]
    [Must("have HTTP tokens as names and printable ASCII as values", nameof(HasValidHeaders))]
    public IDictionary<string, string> CustomHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the server's certificate is verified. False logs a warning. Has no effect on <see cref="HttpMessageHandler"/> and
    /// <see cref="CreateHttpClient"/>. Default: null, which means true.
    /// </summary>
    /// <remarks>
    /// Environment: <c>OPENLAYER_VERIFY_SSL</c>. <c>false</c>, <c>off</c> or <c>0</c> turns verification off; <c>true</c>, <c>on</c> or
    /// <c>1</c> leaves it on.
    /// </remarks>
    [FromEnvironment("OPENLAYER_VERIFY_SSL")]
    public bool? VerifySsl { get; set; }

    /// <summary>
    /// The proxy for requests to Openlayer. Has no effect on <see cref="HttpMessageHandler"/> and <see cref="CreateHttpClient"/>. Default: null,
    /// which means the system's proxy (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>, ...).
    /// </summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>The handler that sends requests to Openlayer. It is never disposed. Default: null, which means the library's own.</summary>
    [Must("be null if CreateHttpClient is set: set only one of the two", nameof(HasOneWayToSend))]
    public HttpMessageHandler? HttpMessageHandler { get; set; }

    /// <summary>
    /// Creates the client for each request to Openlayer, such as <c>() => factory.CreateClient("openlayer")</c> with an
    /// <c>IHttpClientFactory</c>. The clients are never disposed. Their handler must not follow redirects: set <c>AllowAutoRedirect</c> to
    /// false. Default: null.
    /// </summary>
    public Func<HttpClient>? CreateHttpClient { get; set; }

    /// <summary>How long disposing the tracer may wait for traces to be published. From zero to 24 days. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "24.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The factory of the loggers for warnings and failures. Default: null, which means the container's <see cref="ILoggerFactory"/>, if any.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    [Must("not be null: leave it at TimeProvider.System", nameof(HasTimeProvider))]
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The address set in code, if any.</summary>
    internal Uri? ConfiguredBaseUrl => _baseUrl;

    private bool IsApiKeyPrintable => IsPrintable(Trimmed(ApiKey));

    private bool IsInferencePipelineIdValid => IsPipelineId(Trimmed(InferencePipelineId));

    private bool IsBaseUrlHttp => IsHttp(BaseUrl);

    private bool HasNoNullPublisher => Publishers.All(static publisher => publisher is not null);

    private bool HasValidPrices => Prices.All(static price => price is { IsValid: true })
        && Prices.DistinctBy(static price => price.Key).Count() == Prices.Count;

    private bool HasValidHeaders => CustomHeaders.All(static header => IsHeader(header.Key.Trim(), header.Value?.Trim()));

    private bool HasOneWayToSend => HttpMessageHandler is null || CreateHttpClient is null;

    private bool HasTimeProvider => TimeProvider is not null;

    /// <summary>The text without white space around it. Null if there is no other.</summary>
    internal static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    internal static bool IsPrintable(string? text) => text is null || !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    internal static bool IsPipelineId(string? text) => text is null || (text is not ("." or "..") && !text.Any(static character => character is '/' or '\\' || char.IsControl(character)));

    internal static bool IsHttp(Uri address) => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    internal static bool IsHeader(string name, string? value) =>
        name.Length > 0
        && name.All(static character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal))
        && value is not null
        && IsPrintable(value);
}
