using System.Reflection;
using Openlayer.Interception.Guardrails;

namespace Openlayer.Interception;

/// <summary>The arguments of a call, for a guardrail to check. Immutable, but the arguments themselves are the caller's objects.</summary>
public sealed class GuardrailInput
{
    private readonly object?[] _arguments;

    /// <summary>Creates an input, for a test of a guardrail.</summary>
    /// <param name="method">The method. Not an open generic one.</param>
    /// <param name="arguments">An argument for each parameter, in their order. Copied.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The arguments do not fit the parameters; the message names the parameter.</exception>
    public GuardrailInput(MethodInfo method, IReadOnlyList<object?> arguments)
        : this(method, ParametersOf(method), Copy(arguments))
    {
        if (_arguments.Length != ParameterNames.Count)
        {
            throw new ArgumentException($"{method.Name} has {ParameterNames.Count} parameters, but there are {_arguments.Length} arguments.", nameof(arguments));
        }

        var parameters = method.GetParameters();
        for (var index = 0; index < _arguments.Length; index++)
        {
            GuardrailValue.Require(_arguments[index], parameters[index].ParameterType, $"the parameter {ParameterNames[index]} of {method.Name}", nameof(arguments));
        }
    }

    private GuardrailInput(MethodInfo method, IReadOnlyList<string> parameterNames, object?[] arguments)
    {
        Method = method;
        ParameterNames = parameterNames;
        _arguments = arguments;
    }

    /// <summary>The method that is called: that of the interface, if it is called through one.</summary>
    public MethodInfo Method { get; }

    /// <summary>The names of the parameters, in their order.</summary>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The arguments, in the order of the parameters. That of an <see langword="out"/> parameter is its default value.</summary>
    public IReadOnlyList<object?> Arguments => _arguments;

    /// <summary>The argument of a parameter.</summary>
    /// <param name="parameterName">The parameter's name.</param>
    /// <exception cref="ArgumentException">The method has no such parameter.</exception>
    public object? this[string parameterName] => _arguments[PositionOf(parameterName)];

    /// <summary>Returns the input with another argument.</summary>
    /// <param name="parameterName">The parameter's name.</param>
    /// <param name="argument">The argument.</param>
    /// <exception cref="ArgumentException">The method has no such parameter, or the argument is not of its type.</exception>
    public GuardrailInput With(string parameterName, object? argument)
    {
        var position = PositionOf(parameterName);
        GuardrailValue.Require(argument, Method.GetParameters()[position].ParameterType, $"the parameter {parameterName} of {Method.Name}", nameof(argument));
        var arguments = (object?[])_arguments.Clone();
        arguments[position] = argument;
        return new(Method, ParameterNames, arguments);
    }

    /// <summary>Creates the input of a call.</summary>
    internal static GuardrailInput Of(MethodInfo method, IReadOnlyList<string> parameterNames, object?[] arguments) =>
        new(method, parameterNames, (object?[])arguments.Clone());

    internal static string[] ParametersOf(MethodInfo method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return [.. method.GetParameters().Select(static parameter => parameter.Name is { Length: > 0 } name ? name : $"arg{parameter.Position}")];
    }

    private static object?[] Copy(IReadOnlyList<object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return [.. arguments];
    }

    private int PositionOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        for (var index = 0; index < ParameterNames.Count; index++)
        {
            if (ParameterNames[index] == parameterName)
            {
                return index;
            }
        }

        throw new ArgumentException($"{Method.Name} has no parameter {parameterName}. Its parameters are: {string.Join(", ", ParameterNames)}.", nameof(parameterName));
    }
}
