using System.Collections.Frozen;
using System.Reflection;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception;

/// <summary>What a call returns, or a part of the stream that it returns, for a guardrail to check. Immutable, but the values are the target's objects.</summary>
public sealed class GuardrailOutput
{
    private readonly Type _type;

    /// <summary>Creates an output, for a test of a guardrail.</summary>
    /// <param name="method">The method. Not an open generic one.</param>
    /// <param name="value">The result, unwrapped from a task. Null if there is none.</param>
    /// <param name="outArguments">The values of <see langword="ref"/> and <see langword="out"/> parameters, by name. Default: null, for none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="method"/> is null.</exception>
    public GuardrailOutput(MethodInfo method, object? value, IReadOnlyDictionary<string, object?>? outArguments = null)
        : this(method, ResultTypeOf(method), part: null, value, outArguments ?? FrozenDictionary<string, object?>.Empty)
    {
    }

    private GuardrailOutput(MethodInfo method, Type type, GuardrailStreaming? part, object? value, IReadOnlyDictionary<string, object?> outArguments)
    {
        _type = type;
        Method = method;
        Part = part;
        Value = value;
        OutArguments = outArguments;
    }

    /// <summary>The method that was called: that of the interface, if it was called through one.</summary>
    public MethodInfo Method { get; }

    /// <summary>
    /// The result, unwrapped from a task; null if the method returns none. Of a stream: the item, the sentence as a <see cref="string"/>, or
    /// everything, as a <see cref="string"/> for a stream of strings and otherwise as a list of the items.
    /// </summary>
    public object? Value { get; }

    /// <summary>Which part of a stream <see cref="Value"/> is. Null if the method returns no stream.</summary>
    public GuardrailStreaming? Part { get; }

    /// <summary>The values of <see langword="ref"/> and <see langword="out"/> parameters after the call, by name. Empty if there are none.</summary>
    public IReadOnlyDictionary<string, object?> OutArguments { get; }

    /// <summary>Returns the output with another value.</summary>
    /// <param name="value">The value; in place of the items of a stream, a list of them.</param>
    /// <exception cref="ArgumentException">The value is not of the type that the method returns.</exception>
    public GuardrailOutput With(object? value)
    {
        GuardrailValue.Require(value, _type, $"the result of {Method.Name}", nameof(value));
        return new(Method, _type, Part, value, OutArguments);
    }

    /// <summary>Returns the output with another value of a <see langword="ref"/> or <see langword="out"/> parameter.</summary>
    /// <param name="parameterName">The parameter's name.</param>
    /// <param name="argument">The value.</param>
    /// <exception cref="ArgumentException">The method has no such parameter, or the value is not of its type.</exception>
    public GuardrailOutput WithArgument(string parameterName, object? argument)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        if (!OutArguments.ContainsKey(parameterName) || Array.Find(Method.GetParameters(), found => found.Name == parameterName) is not { } parameter)
        {
            throw new ArgumentException($"{Method.Name} has no ref or out parameter {parameterName}.", nameof(parameterName));
        }

        GuardrailValue.Require(argument, parameter.ParameterType, $"the parameter {parameterName} of {Method.Name}", nameof(argument));
        return new(Method, _type, Part, Value, new Dictionary<string, object?>(OutArguments) { [parameterName] = argument });
    }

    /// <summary>Creates the output of a call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="type">The type of the values that can take the place of the value.</param>
    /// <param name="part">Which part of a stream the value is. Null for no stream.</param>
    /// <param name="value">The value.</param>
    /// <param name="outArguments">The values of ref and out parameters. Null for none.</param>
    internal static GuardrailOutput Of(MethodInfo method, Type type, GuardrailStreaming? part, object? value, IReadOnlyDictionary<string, object?>? outArguments = null) =>
        new(method, type, part, value, outArguments ?? FrozenDictionary<string, object?>.Empty);

    // Any value for a method without a result, and for a part of a stream.
    private static Type ResultTypeOf(MethodInfo method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var type = method.ReturnType;
        return type.IsConstructedFrom(typeof(Task<>)) || type.IsConstructedFrom(typeof(ValueTask<>)) ? type.GetGenericArguments()[0]
            : type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask) || type.IsConstructedFrom(typeof(IAsyncEnumerable<>)) ? typeof(object)
            : type;
    }
}
