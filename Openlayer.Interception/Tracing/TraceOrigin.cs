namespace Openlayer.Interception.Tracing;

/// <summary>
/// The ids of a trace. Contexts that outlive the trace keep this object, so it refers to nothing else. Thread-safe.
/// </summary>
/// <param name="session">The user and session.</param>
/// <param name="rootStepId">The root step's id. Null for a new trace.</param>
internal sealed class TraceOrigin(Session? session, string? rootStepId = null)
{
    private string? _rootStepId = rootStepId;

    /// <summary>The row's id, if it was set.</summary>
    public string? InferenceId { get; set; }

    /// <summary>The pipeline of the row, if it was set.</summary>
    public string? InferencePipelineId { get; set; }

    /// <summary>The root step's id.</summary>
    public string RootStepId => _rootStepId ?? Interlocked.CompareExchange(ref _rootStepId, StepId.New(), null) ?? _rootStepId;

    /// <summary>Whether sampling left the trace out, so that it is published only if it fails.</summary>
    public bool IsPublishedOnlyIfFailed { get; init; }

    /// <summary>Whether a step of the trace has failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the trace is published when it is complete, as far as is known yet.</summary>
    public bool IsPublished => !IsPublishedOnlyIfFailed || HasFailed;

    public string? UserId { get; set; } = session?.UserId;

    public string? SessionId { get; set; } = session?.SessionId;
}
