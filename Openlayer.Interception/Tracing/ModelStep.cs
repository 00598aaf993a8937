using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>A request to a model. Values that the provider does not report are null, never estimated.</summary>
public abstract class ModelStep : Step
{
    private string? _provider;
    private string? _model;
    internal const string TimeToFirstToken = "timeToFirstToken";

    private int? _promptTokens;
    private int? _tokens;
    private double? _cost;
    private int _failedAttempts;
    private int _retries;
    private object? _rawOutput;
    private CapturedDictionary? _modelParameters;

    internal ModelStep(OpenlayerTrace trace, Step? parent, string name, StepType type)
        : base(trace, parent, name, type)
    {
    }

    /// <summary>The provider of the model, such as <c>OpenAI</c> or <c>Anthropic</c>. Null if unknown.</summary>
    public string? Provider
    {
        get => _provider;
        set => _provider = Trace.Capture.CaptureName(value);
    }

    /// <summary>
    /// The model that the request names, without the path, the region or the provider's slug before it; if it names none, or a deployment of
    /// Azure, the model that responded. Where that differs from what the request names, the metadata <c>requestedModel</c> has the latter. Null
    /// if unknown.
    /// </summary>
    public string? Model
    {
        get => _model;
        set => _model = Trace.Capture.CaptureName(value);
    }

    /// <summary>The request's parameters by their wire names, such as <c>temperature</c> or <c>max_tokens</c>. Null if unknown.</summary>
    public IDictionary<string, object?>? ModelParameters
    {
        get => _modelParameters;
        set
        {
            if (value is null)
            {
                _modelParameters = null;
                return;
            }

            var parameters = new CapturedDictionary(Trace);
            foreach (var (name, parameter) in value)
            {
                parameters[name] = parameter;
            }

            _modelParameters = parameters;
        }
    }

    /// <summary>The number of prompt tokens that the provider reported. Null if it reported none. A negative number is taken as null.</summary>
    public int? PromptTokens
    {
        get => _promptTokens;
        set => _promptTokens = Known(value);
    }

    /// <summary>The total number of tokens that the provider reported. Null if it reported none. A negative number is taken as null.</summary>
    public int? Tokens
    {
        get => _tokens;
        set => _tokens = Known(value);
    }

    /// <summary>
    /// The cost of the request, in the currency of the Openlayer workspace. Null if unknown: Openlayer then prices the request, if it knows the
    /// provider and the model. A number that is negative or not finite is taken as null. Default: that of <see cref="OpenlayerOptions.Prices"/>.
    /// </summary>
    public double? Cost
    {
        get => _cost;
        set => _cost = value is >= 0 and < double.PositiveInfinity ? value : null;
    }

    /// <summary>The provider's response, unprocessed. Null if unknown.</summary>
    public object? RawOutput
    {
        get => CapturedDictionary.ToPublicValue(_rawOutput);
        set => _rawOutput = Capture(value, inPlaceOf: _rawOutput);
    }

    /// <summary>
    /// The name of the call in the code, if the step is a call of a recognised client; otherwise null. Nested client calls can be layers of
    /// one request: see <see cref="ModelLayers"/>.
    /// </summary>
    internal string? ClientCall { get; set; }

    /// <summary>The description of the recognised client. Nested calls with the same description are overloads that call each other.</summary>
    internal object? Client { get; set; }

    /// <summary>
    /// Whether the client passes its requests to another traced client. If there is no step of that client below, it made no request.
    /// </summary>
    internal bool IsLayer { get; set; }

    /// <summary>
    /// Whether the step is not a call, but the loop of a layer that is not traced itself. It has no values of its own: if it made one request,
    /// that request takes its place.
    /// </summary>
    internal bool IsLoop { get; set; }

    /// <summary>Whether the step records only the response to its parent's request.</summary>
    internal bool IsResponseOnly { get; set; }

    /// <summary>
    /// Whether the token counts are the sum of several reports of one stream. A provider that repeats the counts so far makes them too high.
    /// </summary>
    internal bool HasSummedUsage { get; set; }

    /// <summary>Whether OpenTelemetry receives the request from this step. Of the layers of one request it is one.</summary>
    internal bool IsReporter { get; set; }

    /// <summary>Whether another library reports the request to OpenTelemetry.</summary>
    internal bool IsReportedElsewhere { get; set; }

    /// <summary>Whether the step is named after the provider.</summary>
    internal bool IsNamedAfterProvider { get; set; }

    internal object? CapturedRawOutput => _rawOutput;

    internal KeyValuePair<string, object?>[]? CapturedModelParameters => _modelParameters?.Captured;

    /// <summary>Sets the parameters to none, which are known to be none.</summary>
    internal void ClearModelParameters() => _modelParameters = new CapturedDictionary(Trace);

    /// <summary>Adds a parameter under a name that has no secret.</summary>
    internal void AddModelParameter(string name, object value)
    {
        var parameters = _modelParameters ??= new CapturedDictionary(Trace);
        parameters.SetCaptured(name, Trace.Capture.Capture(name, value));
    }

    /// <summary>A count that a provider can have reported. Null if it is negative.</summary>
    private protected static int? Known(int? count) => count < 0 ? null : count;

    /// <summary>The model as the request names it, if that is not <see cref="Model"/>.</summary>
    internal string? RequestedModel { get; private set; }

    /// <summary>Sets the model, and keeps the name in the request.</summary>
    /// <param name="requested">The name in the request.</param>
    /// <param name="model">The name that the model has a price under.</param>
    internal void SetModel(string? requested, string? model)
    {
        Model = model;
        if (requested is not null && requested != model)
        {
            RequestedModel = Trace.Capture.CaptureName(requested);
            Note("requestedModel", RequestedModel);
        }
    }

    /// <summary>Takes the model that responded, where the request names none, or a deployment.</summary>
    internal void SetServedModel(string served)
    {
        if (Model is null)
        {
            Model = served;
        }
        else if (Provider == "Azure" && Model != served)
        {
            SetModel(RequestedModel ?? Model, served);
        }
    }

    /// <summary>Notifies the step that an attempt of its request failed in a way that is retried.</summary>
    internal void AttemptFailed() => Interlocked.Increment(ref _failedAttempts);

    /// <summary>Notifies the step that an attempt starts. It is a retry if one failed before.</summary>
    internal void AttemptStarted()
    {
        if (Volatile.Read(ref _failedAttempts) > Volatile.Read(ref _retries))
        {
            Note("attempts", Interlocked.Increment(ref _retries) + 1);
        }
    }

    /// <summary>Copies the request of a stream's first enumeration. A further enumeration sends it again.</summary>
    internal void CopyRequestFrom(ModelStep request)
    {
        Name = request.Name;
        _provider = request._provider;
        _model = request._model;
        RequestedModel = request.RequestedModel;
        ClientCall = request.ClientCall;
        Client = request.Client;
        IsLayer = request.IsLayer;
        IsNamedAfterProvider = request.IsNamedAfterProvider;
        _modelParameters = request._modelParameters;
    }

    internal override void CollectAttachments(TraceExtras trace)
    {
        base.CollectAttachments(trace);
        trace.AddHeld(_rawOutput);
    }

    /// <summary>Fills in missing values from a step of the same request that is nearer to the model.</summary>
    internal virtual void FillFrom(ModelStep inner)
    {
        // The provider is more reliable the nearer the step is to the model.
        if (inner.Provider is not null && Provider != inner.Provider)
        {
            Provider = inner.Provider;
            Name = IsNamedAfterProvider ? inner.Name : Name;
        }

        if (!Metadata.ContainsKey(TimeToFirstToken) && inner.Metadata.TryGetValue(TimeToFirstToken, out var value) && value is double milliseconds)
        {
            Metadata[TimeToFirstToken] = milliseconds + (inner.StartTime - StartTime).TotalMilliseconds;
        }

        if (Model is null || (Model == inner.RequestedModel && inner.Model is not null))
        {
            Model = inner.Model;
            RequestedModel ??= inner.RequestedModel;
        }

        if (_modelParameters is not { Count: > 0 } && !IsInputGuarded)
        {
            _modelParameters = inner._modelParameters;
        }

        if (HasSummedUsage && inner.Tokens is not null)
        {
            TakeUsageFrom(inner);
        }

        PromptTokens ??= inner.PromptTokens;
        Tokens ??= inner.Tokens;
        Cost ??= inner.Cost;
        if (!IsOutputGuarded)
        {
            _rawOutput ??= inner._rawOutput;
        }

        FillValuesFrom(inner);
    }

    /// <summary>Replaces the token counts, and the raw output that repeats them, by those of a step that is nearer to the model.</summary>
    private protected virtual void TakeUsageFrom(ModelStep inner)
    {
        HasSummedUsage = inner.HasSummedUsage;
        PromptTokens = inner.PromptTokens;
        Tokens = inner.Tokens;
        _rawOutput = IsOutputGuarded ? _rawOutput : inner._rawOutput ?? _rawOutput;
    }
}
