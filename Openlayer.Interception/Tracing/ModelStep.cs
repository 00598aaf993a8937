using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>A request to a model. Figures that the provider does not report are null: nothing is estimated.</summary>
public abstract class ModelStep : Step
{
    internal const string TimeToFirstToken = "timeToFirstToken";

    private object? _rawOutput;
    private CapturedDictionary? _modelParameters;

    internal ModelStep(OpenlayerTrace trace, Step? parent, string name, StepType type)
        : base(trace, parent, name, type)
    {
    }

    /// <summary>The provider of the model: <c>OpenAI</c>, <c>Anthropic</c>, ... Null if unknown.</summary>
    public string? Provider { get; set; }

    /// <summary>The model that the request asks for, else the one that answered. Null if unknown.</summary>
    public string? Model { get; set; }

    /// <summary>The request's parameters, by their names on the wire: <c>temperature</c>, <c>max_tokens</c>, ... Null if unknown.</summary>
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

    /// <summary>The number of prompt tokens that the provider reported. Null if it reported none.</summary>
    public int? PromptTokens { get; set; }

    /// <summary>The total number of tokens that the provider reported. Null if it reported none.</summary>
    public int? Tokens { get; set; }

    /// <summary>The cost of the request, in the currency of the Openlayer workspace. Null if unknown.</summary>
    public double? Cost { get; set; }

    /// <summary>The provider's response, unprocessed. Null if unknown.</summary>
    public object? RawOutput
    {
        get => CapturedDictionary.ToPublicValue(_rawOutput);
        set => _rawOutput = Capture(value, inPlaceOf: _rawOutput);
    }

    /// <summary>
    /// The call as the caller wrote it, if the step is a call of a recognised client; else null. Nested steps of this kind can be one request:
    /// see <see cref="ModelLayers"/>.
    /// </summary>
    internal string? ClientCall { get; set; }

    /// <summary>The description of that client. Calls of the same client within this one are overloads.</summary>
    internal object? Client { get; set; }

    /// <summary>Whether the client passes its requests on to another traced client. Without a step of that client below, it made no request.</summary>
    internal bool IsLayer { get; set; }

    /// <summary>Whether the step is only the response to the request of its parent.</summary>
    internal bool IsResponseOnly { get; set; }

    /// <summary>Whether the step is named after the provider.</summary>
    internal bool IsNamedAfterProvider { get; set; }

    internal object? CapturedRawOutput => _rawOutput;

    internal KeyValuePair<string, object?>[]? CapturedModelParameters => _modelParameters?.Captured;

    /// <summary>Copies the request of a stream's first enumeration, which this step sends again.</summary>
    internal void CopyRequestFrom(ModelStep request)
    {
        Name = request.Name;
        Provider = request.Provider;
        Model = request.Model;
        ClientCall = request.ClientCall;
        Client = request.Client;
        IsLayer = request.IsLayer;
        IsNamedAfterProvider = request.IsNamedAfterProvider;
        _modelParameters = request._modelParameters;
    }

    /// <summary>Fills in the values this step lacks from a step of the same request that is nearer to the model.</summary>
    internal virtual void FillFrom(ModelStep inner)
    {
        // The step nearer to the model knows the provider better.
        if (inner.Provider is not null && Provider != inner.Provider)
        {
            Provider = inner.Provider;
            Name = IsNamedAfterProvider ? inner.Name : Name;
        }

        if (!Metadata.ContainsKey(TimeToFirstToken) && inner.Metadata.TryGetValue(TimeToFirstToken, out var value) && value is double milliseconds)
        {
            Metadata[TimeToFirstToken] = milliseconds + (inner.StartTime - StartTime).TotalMilliseconds;
        }

        Model ??= inner.Model;
        if (_modelParameters is not { Count: > 0 })
        {
            _modelParameters = inner._modelParameters;
        }

        PromptTokens ??= inner.PromptTokens;
        Tokens ??= inner.Tokens;
        Cost ??= inner.Cost;
        _rawOutput ??= inner._rawOutput;
        FillValuesFrom(inner);
    }
}
