namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>How long to wait after failures.</summary>
internal static class Backoff
{
    private const double FirstSeconds = 0.5;
    private const double MaxSeconds = 4;

    // Less than one: a timer adds a millisecond, and the wait is less than twice the shortest.
    private const double Jitter = 0.95;

    /// <summary>
    /// From 0.5 seconds up, doubled with each failure up to 4 seconds, plus a random share of up to as much again, so that clients that failed
    /// together do not return together.
    /// </summary>
    /// <param name="failures">The number of failures so far, at least 1.</param>
    public static TimeSpan After(int failures)
    {
        var shortest = Math.Min(FirstSeconds * Math.Pow(2, failures - 1), MaxSeconds);
#pragma warning disable CA5394 // No secret depends on it.
        return TimeSpan.FromSeconds(shortest * (1 + (Jitter * Random.Shared.NextDouble())));
#pragma warning restore CA5394
    }
}
