namespace Openlayer.Interception.Streaming;

/// <summary>Reads a model's response from the items of a stream.</summary>
internal interface IStreamedResponse
{
    /// <summary>Whether any content of the answer has been read.</summary>
    bool HasContent { get; }

    /// <summary>Whether a response without an item is complete, as that of a search that finds nothing.</summary>
    bool CanBeEmpty { get; }

    /// <summary>Reads the next item. Returns whether it contains a part of the answer.</summary>
    bool Add(object item, Step step);

    /// <summary>Records the response read so far.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="itemType">The declared type of the items.</param>
    /// <param name="withOutput">Whether to record the answer itself.</param>
    void RecordTo(Step step, Type itemType, bool withOutput);

    /// <summary>Records the details of a provider's exception.</summary>
    void RecordFailure(Step step, Exception exception);

    /// <summary>Returns a reader for another enumeration of the same stream, which sends the request again.</summary>
    IStreamedResponse ForNextEnumeration();
}
