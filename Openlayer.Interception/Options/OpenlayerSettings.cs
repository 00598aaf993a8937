using System.Collections.Frozen;
using System.Net;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Options;

/// <summary>
/// What the library reads: an immutable copy of valid <see cref="OpenlayerOptions"/>, made once. Only <see cref="Enabled"/> and
/// <see cref="SamplingRate"/> follow the options while the application runs.
/// </summary>
/// <param name="options">Valid options. The environment has been read already.</param>
internal sealed class OpenlayerSettings(OpenlayerOptions options)
{
    /// <summary>Takes from the environment what the options leave at null, validates them and copies them.</summary>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    public static OpenlayerSettings From(OpenlayerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ReadEnvironment(Environment.GetEnvironmentVariable);
        options.Validate();
        return new OpenlayerSettings(options);
    }

    public bool Enabled => options.Enabled;

    public double SamplingRate => options.SamplingRate;

    public string? ApiKey { get; } = options.ApiKey;

    public string? InferencePipelineId { get; } = options.InferencePipelineId;

    public Uri BaseUrl { get; } = options.BaseUrl;

    public bool SendToOpenlayer { get; } = options.SendToOpenlayer != false;

    public ITracePublisher[] Publishers { get; } = [.. options.Publishers];

    public bool TraceOrphanModelCalls { get; } = options.TraceOrphanModelCalls;

    public ProviderClient[] ProviderClients { get; } = [.. options.ProviderClients.Clients];

    public CaptureSettings Capture { get; } = new(options.Capture);

    public TimeSpan StreamGracePeriod { get; } = options.StreamGracePeriod;

    public int MaxQueueLength { get; } = options.MaxQueueLength;

    public long MaxQueueBytes { get; } = options.MaxQueueBytes;

    public int MaxBatchLength { get; } = options.MaxBatchLength;

    public int MaxBatchBytes { get; } = options.MaxBatchBytes;

    public TimeSpan BatchDelay { get; } = options.BatchDelay;

    public TimeSpan RequestTimeout { get; } = options.RequestTimeout;

    public int MaxTries { get; } = options.MaxTries;

    public TimeSpan CircuitBreakDuration { get; } = options.CircuitBreakDuration;

    public OfflineBufferSettings OfflineBuffer { get; } = new(options.OfflineBuffer);

    public Action<FlushFailure>? OnFlushFailure { get; } = options.OnFlushFailure;

    public FrozenDictionary<string, string> CustomHeaders { get; } = options.CustomHeaders.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public bool VerifySsl { get; } = options.VerifySsl != false;

    public IWebProxy? Proxy { get; } = options.Proxy;

    public HttpMessageHandler? HttpMessageHandler { get; } = options.HttpMessageHandler;

    public Func<HttpClient>? CreateHttpClient { get; } = options.CreateHttpClient;

    public TimeSpan ShutdownTimeout { get; } = options.ShutdownTimeout;

    public TimeProvider TimeProvider { get; } = options.TimeProvider;
}
