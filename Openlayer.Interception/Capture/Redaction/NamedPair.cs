namespace Openlayer.Interception.Capture.Redaction;

/// <summary>Objects whose value stands under one property and its name under another: <c>{"name": "Authorization", "value": "..."}</c>.</summary>
internal static class NamedPair
{
    private static readonly WordSet Names = new(
        "name key header headername field fieldname parameter parametername param variable variablename property propertyname setting attribute option");

    private static readonly WordSet WeakNames = new("k id label title");

    private static readonly WordSet Values = new("value values val rawvalue v parametervalue headervalue fieldvalue paramvalue variablevalue propertyvalue settingvalue stringvalue defaultvalue currentvalue");

    /// <summary>What a property is in such an object.</summary>
    public enum Role
    {
        None,

        /// <summary>The name of the value.</summary>
        Name,

        /// <summary>The name of the value, if no other property is.</summary>
        WeakName,

        /// <summary>The value.</summary>
        Value,
    }

    public static Role RoleOf(ReadOnlySpan<char> property)
    {
        Span<char> lower = stackalloc char[16];
        if (property.Length > lower.Length)
        {
            return Role.None;
        }

        lower = lower[..property.ToLowerInvariant(lower)];
        return Names.Contains(lower) ? Role.Name : WeakNames.Contains(lower) ? Role.WeakName : Values.Contains(lower) ? Role.Value : Role.None;
    }

    /// <summary>Whether a property holds the name of another one.</summary>
    public static bool IsName(ReadOnlySpan<char> property) => RoleOf(property) is Role.Name or Role.WeakName;

    /// <summary>Whether a property holds the value that another one names.</summary>
    public static bool IsValue(ReadOnlySpan<char> property) => RoleOf(property) == Role.Value;
}
