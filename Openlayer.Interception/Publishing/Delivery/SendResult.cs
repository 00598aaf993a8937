namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What a request's end means for its rows.</summary>
internal enum SendResult
{
    /// <summary>Openlayer has them.</summary>
    Acknowledged,

    /// <summary>One of them at least is at fault: 400, 413, 422.</summary>
    Refused,

    /// <summary>The request is not understood, whatever rows it has.</summary>
    Rejected,

    /// <summary>An option is wrong: no row will be taken until it is mended.</summary>
    Misconfigured,

    /// <summary>The server could not be reached, or could not answer: later it may.</summary>
    Unavailable,
}
