using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails;

/// <summary>Checks the types of the values that guardrails put in place of others.</summary>
internal static class GuardrailValue
{
    /// <exception cref="ArgumentException">The value is not of the type; the message names the place, the value's type and the type.</exception>
    public static void Require(object? value, Type type, string place, string argument)
    {
        var declared = type.IsByRef ? type.GetElementType()! : type;
        if (value is null ? declared.IsValueType && Nullable.GetUnderlyingType(declared) is null : !declared.IsInstanceOfType(value))
        {
            var actual = value is null ? "null" : $"a value of {CSharpName.Of(value.GetType())}";
            throw new ArgumentException($"A guardrail gave {actual} for {place}, which is of {CSharpName.Of(declared)}. Give a value of that type.", argument);
        }
    }
}
