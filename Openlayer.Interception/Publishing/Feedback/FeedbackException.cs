namespace Openlayer.Interception;

/// <summary>
/// Feedback that did not reach its row. The message says why and what to do. If Openlayer answered, the inner exception is a
/// <see cref="HttpRequestException"/> with the status.
/// </summary>
public sealed class FeedbackException : Exception
{
    /// <summary>Creates an exception without an id.</summary>
    public FeedbackException()
    {
    }

    /// <summary>Creates an exception without an id.</summary>
    /// <param name="message">The message.</param>
    public FeedbackException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates an exception without an id.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public FeedbackException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal FeedbackException(string inferenceId, string message, Exception? cause)
        : base(message, cause) => InferenceId = inferenceId;

    /// <summary>The id of the row that the feedback was for. Null if unknown.</summary>
    public string? InferenceId { get; }
}
