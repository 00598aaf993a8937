namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What became of a request, tries included.</summary>
/// <param name="Result">What it means for the rows.</param>
/// <param name="Reason">Why it is not <see cref="SendResult.Acknowledged"/>; null where it is.</param>
/// <param name="Tries">How often it was sent.</param>
/// <param name="NotBefore">How long the server is to be left alone.</param>
internal sealed record SendOutcome(SendResult Result, Exception? Reason = null, int Tries = 0, TimeSpan NotBefore = default)
{
    /// <summary>Which options are to be mended, with <see cref="SendResult.Misconfigured"/>.</summary>
    public string? Options { get; init; }
}
