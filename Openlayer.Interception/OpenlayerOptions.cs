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
    /// How many completed traces may wait for each publisher; over that the oldest is dropped, counted and logged, at most once a minute.
    /// Default: 2,048. At least 1.
    /// </summary>
    public int MaxQueueLength { get; set; } = 2_048;

    /// <summary>How long one request to Openlayer may take. Default: 60 seconds. More than zero, at most 24 days.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

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
        Require(
            RequestTimeout > TimeSpan.Zero && RequestTimeout <= MaxTimeout,
            nameof(RequestTimeout),
            "must be more than zero and at most 24 days");
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

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
