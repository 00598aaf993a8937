namespace Openlayer.Interception;

/// <summary>Makes a parameter, or a property of the result, a column of the trace's row, so that it can be filtered and tested on.</summary>
/// <param name="column">The column's name. A name that the row reserves (<c>output</c>, <c>steps</c>, <c>latency</c>, ...) is never overwritten.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class PromoteAttribute(string column) : Attribute
{
    /// <summary>The column's name.</summary>
    public string Column { get; } = column;
}
