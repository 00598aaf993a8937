namespace Openlayer.Interception;

/// <summary>
/// Says that an interface or class is a model client: its calls are model steps under the caller's step, with provider, prompt,
/// parameters, output and token counts where they can be found.
/// </summary>
/// <param name="provider">The provider's name, as it is to be shown: <c>OpenAI</c>, <c>Anthropic</c>, your gateway's name.</param>
/// <param name="stepType">What a call is. Default: <see cref="StepType.ChatCompletion"/>.</param>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class)]
public sealed class ProviderClientAttribute(string provider, StepType stepType = StepType.ChatCompletion) : Attribute
{
    /// <summary>The provider's name.</summary>
    public string Provider { get; } = provider;

    /// <summary>What a call is.</summary>
    public StepType StepType { get; } = stepType;
}
