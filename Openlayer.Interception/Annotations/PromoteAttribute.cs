namespace Openlayer.Interception;

/// <summary>
/// Adds a parameter, a property of the result, or a return value to the trace's row as a column, which Openlayer can filter and test on. Of
/// a return value that is a dictionary or a JSON object, the column is the value under <see cref="Key"/>; without such a key there is no
/// column. May be applied more than once.
/// </summary>
/// <param name="column">The column's name. Reserved columns (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) are not overwritten.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property | AttributeTargets.ReturnValue, AllowMultiple = true)]
public sealed class PromoteAttribute(string column) : Attribute
{
    /// <summary>The column's name.</summary>
    public string Column { get; } = column;

    /// <summary>
    /// The key in a return value that is a dictionary or a JSON object. Default: null, which is the column's name. Ignored elsewhere.
    /// </summary>
    public string? Key { get; set; }
}
