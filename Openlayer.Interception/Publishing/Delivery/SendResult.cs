namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What the outcome of a request means for its rows.</summary>
internal enum SendResult
{
    /// <summary>Openlayer has the rows.</summary>
    Acknowledged,

    /// <summary>At least one row may be at fault: 400, 413, 422.</summary>
    Refused,

    /// <summary>Openlayer does not know the row that an update is for: 404. It may be about to.</summary>
    Unknown,

    /// <summary>An option is wrong, or something between here and Openlayer: no row is accepted until that is corrected.</summary>
    Misconfigured,

    /// <summary>The server could not be reached, or could not answer. It may later.</summary>
    Unavailable,

    /// <summary>The server asks not to repeat the request (<c>x-should-retry: false</c>).</summary>
    Rejected,
}
