namespace Openlayer.Interception;

/// <summary>In which parts a guardrail checks the output of a stream. The consumer gets nothing that is not checked.</summary>
public enum GuardrailStreaming
{
    /// <summary>Each item by itself, as it is produced. What is split between items, such as an address in pieces of text, is not found.</summary>
    Item,

    /// <summary>
    /// Each sentence of a stream of strings: the text up to a line break, or up to white space after <c>.</c>, <c>!</c>, <c>?</c> or their
    /// forms in other scripts. Streams of other items are checked as by <see cref="WholeText"/>.
    /// </summary>
    Sentence,

    /// <summary>Everything at once: the text of a stream of strings, or the list of items. The stream is held back until it has ended.</summary>
    WholeText,
}
