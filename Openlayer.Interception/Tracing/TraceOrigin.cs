namespace Openlayer.Interception.Tracing;

/// <summary>
/// The ids of a trace. Contexts that outlive the trace keep this object, so it refers to nothing else. Thread-safe.
/// </summary>
/// <param name="session">The user and session.</param>
internal sealed class TraceOrigin(Session? session)
{
    private string? _rootStepId;
    private ActivityIds? _activity;

    /// <summary>The row's id, if it was set.</summary>
    public string? InferenceId { get; set; }

    /// <summary>The pipeline of the row, if it was set.</summary>
    public string? InferencePipelineId { get; set; }

    /// <summary>The id of a root that is recorded from data, if it was given.</summary>
    public string? RecordedRootId { get; set; }

    /// <summary>The root step's id.</summary>
    public string RootId => RecordedRootId ?? RootStepId;

    /// <summary>The UUID of the root step: its id, unless that was given. W3C ids are made of it.</summary>
    public string RootStepId => _rootStepId ?? Interlocked.CompareExchange(ref _rootStepId, StepId.New().ToString(), null) ?? _rootStepId;

    /// <summary>Whether sampling left the trace out, so that it is published only if it fails.</summary>
    public bool IsPublishedOnlyIfFailed { get; init; }

    /// <summary>Whether a step of the trace has failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the trace is published when it is complete, as far as is known yet.</summary>
    public bool IsPublished => !IsPublishedOnlyIfFailed || HasFailed;

    public string? UserId { get; set; } = session?.UserId;

    public string? SessionId { get; set; } = session?.SessionId;

    /// <summary>The W3C ids. Null while nobody outside the trace knows any.</summary>
    public ActivityIds? Activity
    {
        get => _activity;
        set => _activity = value;
    }

    /// <summary>The W3C ids, for another service to continue from.</summary>
    public ActivityIds ShareIds() => _activity ?? Interlocked.CompareExchange(ref _activity, ActivityIds.OfRoot(RootStepId), null) ?? _activity;
}
