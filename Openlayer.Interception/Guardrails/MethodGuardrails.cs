using System.Reflection;

namespace Openlayer.Interception.Guardrails;

/// <summary>The guardrails of a method, in their order. Immutable.</summary>
internal sealed class MethodGuardrails
{
    private readonly int _tokenPosition;

    /// <param name="source">Resolves the guardrails.</param>
    /// <param name="method">The method that is called.</param>
    /// <param name="guardrails">Its guardrails, in their order.</param>
    /// <param name="hasResult">Whether the method returns anything that can be checked.</param>
    /// <param name="whyOutputUnchecked">Why what the method returns cannot be checked. Null if it can.</param>
    public MethodGuardrails(GuardrailSource source, MethodInfo method, MethodGuardrail[] guardrails, bool hasResult, string? whyOutputUnchecked)
    {
        Source = source;
        Method = method;
        ParameterNames = GuardrailInput.ParametersOf(method);
        var parameters = method.GetParameters();
        _tokenPosition = Array.FindIndex(parameters, static parameter => parameter.ParameterType == typeof(CancellationToken));
        OutParameters = [.. parameters.Where(static parameter => parameter.ParameterType.IsByRef && !parameter.IsIn)];
        Input = Array.FindAll(guardrails, static guardrail => guardrail.ChecksInput || guardrail.Fault is not null);
        var output = hasResult || OutParameters.Length > 0 ? Array.FindAll(guardrails, static guardrail => guardrail.ChecksOutput && guardrail.Fault is null) : [];
        WhyOutputUnchecked = output.Length > 0 ? whyOutputUnchecked : null;
        Output = WhyOutputUnchecked is null ? output : [];
        Unchecked = WhyOutputUnchecked is null ? [] : output;
    }

    public GuardrailSource Source { get; }

    public MethodInfo Method { get; }

    public string[] ParameterNames { get; }

    /// <summary>The guardrails that check inputs.</summary>
    public MethodGuardrail[] Input { get; }

    /// <summary>The guardrails that check outputs.</summary>
    public MethodGuardrail[] Output { get; }

    /// <summary>The guardrails that would check outputs if they could be checked.</summary>
    public MethodGuardrail[] Unchecked { get; }

    /// <summary>Why what the method returns cannot be checked. Null if it can, or if no guardrail checks it.</summary>
    public string? WhyOutputUnchecked { get; }

    /// <summary>The <c>ref</c> and <c>out</c> parameters.</summary>
    public ParameterInfo[] OutParameters { get; }

    /// <summary>The caller's token. The default value if the method takes none.</summary>
    public CancellationToken TokenOf(object?[] arguments) => _tokenPosition < 0 ? default : (CancellationToken)arguments[_tokenPosition]!;
}
