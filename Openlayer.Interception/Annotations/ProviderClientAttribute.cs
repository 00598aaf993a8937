using Openlayer.Interception.Annotations;

namespace Openlayer.Interception;

/// <summary>
/// Marks an interface or class as a model client. Its calls are model steps under the caller's step. The provider is recorded, and the
/// prompt, parameters, output and token counts if they have conventional names.
/// </summary>
/// <param name="provider">The provider's display name, such as <c>OpenAI</c>, <c>Anthropic</c> or the name of your gateway.</param>
/// <param name="stepType">The type of the calls' steps. Default: <see cref="StepType.ChatCompletion"/>.</param>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class)]
public sealed class ProviderClientAttribute(string provider, StepType stepType = StepType.ChatCompletion) : Attribute
{
    /// <summary>The provider's display name.</summary>
    public string Provider { get; } = provider;

    /// <summary>The type of the calls' steps.</summary>
    public StepType StepType { get; } = StepTypes.Defined(stepType, nameof(stepType));
}
