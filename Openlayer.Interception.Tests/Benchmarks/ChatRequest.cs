namespace Openlayer.Interception.Benchmarks;

/// <summary>A request to a chat model.</summary>
public enum ChatRequest
{
    /// <summary>Two messages, answered as a whole.</summary>
    TwoMessages,

    /// <summary>Forty messages, answered as a whole.</summary>
    FortyMessages,

    /// <summary>Two hundred messages, answered as a whole.</summary>
    TwoHundredMessages,

    /// <summary>Two messages, answered by a stream of 100 pieces.</summary>
    Stream,
}
