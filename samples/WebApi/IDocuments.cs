using Openlayer.Interception;

namespace WebApi;

/// <summary>What the model may ask for.</summary>
[Trace(StepType = StepType.Tool)]
public interface IDocuments
{
    /// <summary>The passages that match a query best, best first.</summary>
    IReadOnlyList<string> Search(string query);
}
