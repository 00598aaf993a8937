namespace Openlayer.Interception;

/// <summary>Adds a parameter, or a property of the result, to the trace's row as a column, which Openlayer can filter and test on.</summary>
/// <param name="column">The column's name. Reserved columns (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) are not overwritten.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class PromoteAttribute(string column) : Attribute
{
    /// <summary>The column's name.</summary>
    public string Column { get; } = column;
}
