namespace Openlayer.Interception;

/// <summary>What a step that is recorded from data has besides the values that every step can be given.</summary>
/// <param name="Name">The step's name.</param>
/// <seealso cref="OpenlayerTracer.RecordStep"/>
public sealed record RecordedStep(string Name)
{
    /// <summary>
    /// The step's id. That of a root is also the row's <see cref="OpenlayerTrace.InferenceId"/>, unless that is set. Default: null, a random UUID.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>
    /// When the work started. Default: null, which means the time of the call, or <see cref="EndTime"/> if that is earlier.
    /// </summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When the work ended. A time before the start counts as the start. Default: null, which means the time of the call.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Whether the step is the root of a trace of its own although there is a current step. Default: false.</summary>
    public bool IsRoot { get; init; }

    /// <summary>
    /// The pipeline of the trace that the step opens: see <see cref="OpenlayerTrace.InferencePipelineId"/>. Without effect on a step within a
    /// trace. Default: null, which means <see cref="OpenlayerOptions.InferencePipelineId"/>.
    /// </summary>
    public string? InferencePipelineId { get; init; }

    /// <summary>The start and the end.</summary>
    /// <param name="now">The time of the call.</param>
    internal (DateTimeOffset Start, DateTimeOffset End) TimesAt(DateTimeOffset now)
    {
        var end = EndTime ?? now;
        var start = StartTime ?? (end < now ? end : now);
        return (start.ToUniversalTime(), (end < start ? start : end).ToUniversalTime());
    }
}
