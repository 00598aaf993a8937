namespace Openlayer.Interception.Streaming;

/// <summary>Reads a model's response from the items of a stream.</summary>
internal interface IStreamedResponse
{
    /// <summary>Whether any content of an answer has been found.</summary>
    bool HasContent { get; }

    /// <summary>Reads the next item. Returns whether it has any content of an answer.</summary>
    bool Add(object item, Step step);

    /// <summary>Records what has been read.</summary>
    /// <param name="step">The request's step.</param>
    /// <param name="itemType">The declared type of the items.</param>
    /// <param name="withOutput">Whether to record the answer itself.</param>
    void RecordTo(Step step, Type itemType, bool withOutput);

    /// <summary>Records the details of a provider's exception.</summary>
    void RecordFailure(Step step, Exception exception);

    /// <summary>A reader for the response to the same request when its stream is enumerated again.</summary>
    IStreamedResponse ForNextEnumeration();
}
