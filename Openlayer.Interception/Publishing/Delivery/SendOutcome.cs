namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The outcome of one request.</summary>
/// <param name="Result">What it means for the rows.</param>
/// <param name="Reason">The failure. Null if acknowledged.</param>
internal sealed record SendOutcome(SendResult Result, Exception? Reason = null)
{
    public static readonly SendOutcome Acknowledged = new(SendResult.Acknowledged);

    /// <summary>How long the server asks to be left alone. Zero if it does not ask.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>Whether the server is failing, as opposed to throttling or refusing. Several in a row begin a pause.</summary>
    public bool IsServerFailure { get; init; }

    /// <summary>Whether the pipeline may be at fault, so that rows of others may be accepted.</summary>
    public bool IsOfPipeline { get; init; }

    /// <summary>Which options to correct, with <see cref="SendResult.Misconfigured"/>.</summary>
    public string? Options { get; init; }
}
