using Openlayer.Interception;

namespace QuickStart;

/// <summary>Finds what is known about a question.</summary>
[Trace(StepType = StepType.Retriever)]
public interface IRetriever
{
    /// <summary>The passages that fit the question, best first: at most <paramref name="count"/>, none where no word of it is known.</summary>
    IReadOnlyList<Passage> Retrieve(string question, int count);
}
