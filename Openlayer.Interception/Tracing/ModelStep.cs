using Openlayer.Interception.Capture;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>What requests to a model have in common. Where a provider reports no figure there is none: nothing is estimated.</summary>
public abstract class ModelStep : Step
{
    internal const string TimeToFirstToken = "timeToFirstToken";

    private object? _rawOutput;
    private CapturedDictionary? _modelParameters;

    internal ModelStep(OpenlayerTrace trace, Step? parent, string name, StepType type)
        : base(trace, parent, name, type)
    {
    }

    /// <summary>Who runs the model: <c>OpenAI</c>, <c>Anthropic</c>, ... Null if not known.</summary>
    public string? Provider { get; set; }

    /// <summary>The model that was asked for, else the one that answered. Null if not known.</summary>
    public string? Model { get; set; }

    /// <summary>The request's parameters, named as on the wire: <c>temperature</c>, <c>max_tokens</c>, ... Null if not known.</summary>
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

    /// <summary>How many tokens went in, as reported by the provider. Null if it reported none.</summary>
    public int? PromptTokens { get; set; }

    /// <summary>How many tokens were used in all, as reported by the provider. Null if it reported none.</summary>
    public int? Tokens { get; set; }

    /// <summary>What the request cost, in the currency of the Openlayer workspace. Null if not known.</summary>
    public double? Cost { get; set; }

    /// <summary>The provider's response as it was. Null if not known.</summary>
    public object? RawOutput
    {
        get => CapturedDictionary.Shown(_rawOutput);
        set => _rawOutput = Capture(value, inPlaceOf: _rawOutput);
    }

    /// <summary>
    /// What the caller wrote, where the step is a recognised client's call; else null. Where such steps nest, they may be one request:
    /// see <see cref="ModelLayers"/>.
    /// </summary>
    internal string? ClientCall { get; set; }

    /// <summary>What describes that client: other calls of it within this one are overloads.</summary>
    internal object? Client { get; set; }

    /// <summary>Whether the client passes its requests on to another one that is recognised: what shows no such request made none.</summary>
    internal bool IsLayer { get; set; }

    /// <summary>Whether the step is only the response to the request that its parent is.</summary>
    internal bool IsResponseOnly { get; set; }

    /// <summary>Whether the step has its name from the provider.</summary>
    internal bool IsNamedAfterProvider { get; set; }

    internal object? CapturedRawOutput => _rawOutput;

    internal KeyValuePair<string, object?>[]? CapturedModelParameters => _modelParameters?.Captured;

    /// <summary>Makes this the step of a request that is sent once more.</summary>
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

    /// <summary>Fills in what this step of a request does not know from one that is nearer to the model.</summary>
    internal virtual void FillFrom(ModelStep inner)
    {
        // Who is nearer to the model knows better whose it is.
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
