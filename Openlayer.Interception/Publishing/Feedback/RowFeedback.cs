namespace Openlayer.Interception;

/// <summary>
/// What is known of a row only after it was sent. At least one value must be set. The values are redacted and limited as those of a step are.
/// Not thread-safe.
/// </summary>
public sealed class RowFeedback
{
    /// <summary>What a person thinks of the answer, such as a rating. It becomes the column <c>human_feedback</c>. Default: null, which sends none.</summary>
    public object? HumanFeedback { get; set; }

    /// <summary>The expected answer. It becomes the column <c>groundTruth</c>, as that of a step does. Default: null, which sends none.</summary>
    public object? GroundTruth { get; set; }

    /// <summary>Further columns, by name. A column that the row has already gets the new value; null empties it. Default: none.</summary>
    public IDictionary<string, object?> Columns { get; } = new Dictionary<string, object?>();

    /// <summary>
    /// The pipeline that has the row, if its trace named one: see <see cref="OpenlayerTrace.InferencePipelineId"/>. Default: null, which means
    /// <see cref="OpenlayerOptions.InferencePipelineId"/>.
    /// </summary>
    public string? InferencePipelineId { get; set; }
}
