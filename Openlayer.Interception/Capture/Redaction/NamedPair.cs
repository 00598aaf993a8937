namespace Openlayer.Interception.Capture.Redaction;

/// <summary>Objects whose value stands under one property and its name under another: <c>{"name": "Authorization", "value": "..."}</c>.</summary>
internal static class NamedPair
{
    private const string NameWords =
        "name key header headername field fieldname parameter parametername param variable variablename property propertyname setting attribute option";

    private const string WeakNameWords = "k id label title";

    private const string ValueWords =
        "value values val rawvalue v parametervalue headervalue fieldvalue paramvalue variablevalue propertyvalue settingvalue stringvalue defaultvalue currentvalue";

    private static readonly WordSet Names = new(NameWords);
    private static readonly WordSet WeakNames = new(WeakNameWords);
    private static readonly WordSet Values = new(ValueWords);

    // Most properties are none of these, which one look-up decides.
    private static readonly WordSet All = new($"{NameWords} {WeakNameWords} {ValueWords}");

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
        if (!All.Contains(lower))
        {
            return Role.None;
        }

        return Names.Contains(lower) ? Role.Name : WeakNames.Contains(lower) ? Role.WeakName : Values.Contains(lower) ? Role.Value : Role.None;
    }

    /// <summary>Whether a property holds the name of another one.</summary>
    public static bool IsName(ReadOnlySpan<char> property) => RoleOf(property) is Role.Name or Role.WeakName;

    /// <summary>Whether a property holds the value that another one names.</summary>
    public static bool IsValue(ReadOnlySpan<char> property) => RoleOf(property) == Role.Value;
}
