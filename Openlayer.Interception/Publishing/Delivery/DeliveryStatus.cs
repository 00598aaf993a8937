namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>The state of delivery at one moment.</summary>
/// <param name="State">What the sender is doing.</param>
/// <param name="Problem">Why traces do not reach Openlayer in time, as a sentence. Null if they do.</param>
/// <param name="Waiting">The number of traces that wait, including those in a request.</param>
/// <param name="Sent">The number of rows acknowledged so far.</param>
/// <param name="Failed">The number of rows that failed so far.</param>
/// <param name="Dropped">The number of rows dropped so far.</param>
internal sealed record DeliveryStatus(string State, string? Problem, int Waiting, long Sent, long Failed, long Dropped);
