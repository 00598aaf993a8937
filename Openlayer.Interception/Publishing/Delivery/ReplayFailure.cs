namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>How the server last failed at a row of the offline buffer.</summary>
/// <param name="Pass">The pass it failed in.</param>
/// <param name="Alone">How often it had failed at the row alone, with others accepted in between.</param>
/// <param name="SentBefore">How many rows it had accepted by then.</param>
internal sealed record ReplayFailure(long Pass, int Alone, long SentBefore);
