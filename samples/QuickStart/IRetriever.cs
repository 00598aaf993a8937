using Openlayer.Interception;

namespace QuickStart;

/// <summary>Finds passages about a question.</summary>
[Trace(StepType = StepType.Retriever)]
public interface IRetriever
{
    /// <summary>The best matching passages, best first, at most <paramref name="count"/>. Empty if no word of the question matches.</summary>
    IReadOnlyList<Passage> Retrieve(string question, int count);
}
