namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What is kept of an answer.</summary>
/// <param name="Status">The status code.</param>
/// <param name="IsPage">Whether it is a page for people: not Openlayer's answer, but that of something in between.</param>
/// <param name="RetryAfter">How long the server wants to be left alone; null where it did not say.</param>
internal sealed record DataStreamAnswer(int Status, bool IsPage, TimeSpan? RetryAfter)
{
    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Status is 408 or 409 or 429 or >= 500;

    /// <summary>Whether the answer is that of a server in trouble, rather than of one that has enough of us.</summary>
    public bool IsServerFailure => Status is 408 or >= 500;
}
