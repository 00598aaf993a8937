using System.Collections.Frozen;
using System.Net;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Options;

/// <summary>
/// What the library reads: an immutable copy of valid <see cref="OpenlayerOptions"/>, completed from the environment. Only
/// <see cref="Enabled"/> and <see cref="SamplingRate"/> follow the options while the application runs.
/// </summary>
internal sealed class OpenlayerSettings
{
    private readonly OpenlayerOptions _options;

    private OpenlayerSettings(OpenlayerOptions options, OptionsEnvironment environment)
    {
        _options = options;
        ApiKey = OpenlayerOptions.Trimmed(options.ApiKey) ?? environment.HeaderText(nameof(OpenlayerOptions.ApiKey));
        InferencePipelineId = OpenlayerOptions.Trimmed(options.InferencePipelineId) ?? environment.PipelineId(nameof(OpenlayerOptions.InferencePipelineId));
        BaseUrl = options.ConfiguredBaseUrl ?? environment.Address(nameof(OpenlayerOptions.BaseUrl)) ?? OpenlayerOptions.DefaultBaseUrl;
        SendToOpenlayer = options.SendToOpenlayer ?? environment.Switch(nameof(OpenlayerOptions.SendToOpenlayer)) is not true;
        Publishers = [.. options.Publishers];
        Sampler = options.Sampler;
        KeepFailures = options.KeepFailures;
        Enrich = [.. options.Enrich?.GetInvocationList().Cast<Action<OpenlayerTrace>>() ?? []];
        Filter = options.Filter;
        SpanContent = options.SpanContent ?? environment.SpanContent(nameof(OpenlayerOptions.SpanContent));
        TraceOrphanModelCalls = options.TraceOrphanModelCalls;
        ProviderClients = [.. options.ProviderClients.Clients];
        Guardrails = [.. options.Guardrails.Registrations.Select(static registration => registration.Copy())];
        Prices = ModelPrices.Of(options.Prices);
        SumUsage = options.SumUsage;
        Capture = new CaptureSettings(options.Capture)
        {
            Attachments = new AttachmentSettings(options.Attachments, sendsRows: SendToOpenlayer && ApiKey is not null),
        };
        Activities = new ActivitySettings(options.Activities);
        StreamGracePeriod = options.StreamGracePeriod;
        TraceGracePeriod = options.TraceGracePeriod;
        MaxTraceSteps = options.MaxTraceSteps;
        MaxTraceBytes = options.MaxTraceBytes;
        MaxQueueLength = options.MaxQueueLength;
        MaxQueueBytes = options.MaxQueueBytes;
        MaxBatchLength = options.MaxBatchLength;
        MaxBatchBytes = options.MaxBatchBytes;
        BatchDelay = options.BatchDelay;
        RequestTimeout = options.RequestTimeout;
        MaxTries = options.MaxTries;
        CircuitBreakDuration = options.CircuitBreakDuration;
        OfflineBuffer = new OfflineBufferSettings(options.OfflineBuffer);
        OnFlushFailure = options.OnFlushFailure;
        CustomHeaders = HeadersOf(options, environment);
        VerifySsl = options.VerifySsl ?? environment.Switch(nameof(OpenlayerOptions.VerifySsl)) ?? true;
        Proxy = options.Proxy;
        HttpMessageHandler = options.HttpMessageHandler;
        CreateHttpClient = options.CreateHttpClient;
        ShutdownTimeout = options.ShutdownTimeout;
        TimeProvider = options.TimeProvider;
    }

    public bool Enabled => _options.Enabled;

    public double SamplingRate => _options.SamplingRate;

    public string? ApiKey { get; }

    public string? InferencePipelineId { get; }

    public Uri BaseUrl { get; }

    public bool SendToOpenlayer { get; }

    public ITracePublisher[] Publishers { get; }

    public Func<string, StepType, bool>? Sampler { get; }

    public bool KeepFailures { get; }

    public Action<OpenlayerTrace>[] Enrich { get; }

    public Func<OpenlayerTrace, bool>? Filter { get; }

    public bool SpanContent { get; }

    public bool TraceOrphanModelCalls { get; }

    public ProviderClient[] ProviderClients { get; }

    /// <summary>Null if there are none.</summary>
    public ModelPrices? Prices { get; }

    public bool SumUsage { get; }

    public GuardrailRegistration[] Guardrails { get; }

    public CaptureSettings Capture { get; }

    public AttachmentSettings Attachments => Capture.Attachments;

    public ActivitySettings Activities { get; }

    public TimeSpan StreamGracePeriod { get; }

    public TimeSpan TraceGracePeriod { get; }

    public int MaxTraceSteps { get; }

    public long MaxTraceBytes { get; }

    public int MaxQueueLength { get; }

    public long MaxQueueBytes { get; }

    public int MaxBatchLength { get; }

    public int MaxBatchBytes { get; }

    public TimeSpan BatchDelay { get; }

    public TimeSpan RequestTimeout { get; }

    public int MaxTries { get; }

    public TimeSpan CircuitBreakDuration { get; }

    public OfflineBufferSettings OfflineBuffer { get; }

    public Action<FlushFailure>? OnFlushFailure { get; }

    public FrozenDictionary<string, string> CustomHeaders { get; }

    public bool VerifySsl { get; }

    public IWebProxy? Proxy { get; }

    public HttpMessageHandler? HttpMessageHandler { get; }

    public Func<HttpClient>? CreateHttpClient { get; }

    public TimeSpan ShutdownTimeout { get; }

    public TimeProvider TimeProvider { get; }

    /// <summary>Validates and copies the options, and reads from the environment those that are not set. The options are not changed.</summary>
    /// <param name="options">The options.</param>
    /// <param name="variable">Returns the value of an environment variable. Default: that of this process.</param>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    public static OpenlayerSettings From(OpenlayerOptions options, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsValidator.Validate(options);
        return new OpenlayerSettings(options, variable is null ? OptionsEnvironment.OfProcess : new OptionsEnvironment(variable));
    }

    private static FrozenDictionary<string, string> HeadersOf(OpenlayerOptions options, OptionsEnvironment environment)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in options.CustomHeaders)
        {
            headers[name.Trim()] = value.Trim();
        }

        foreach (var (name, value) in environment.Headers(nameof(OpenlayerOptions.CustomHeaders)))
        {
            headers.TryAdd(name, value);
        }

        return headers.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
