namespace Openlayer.Interception.Tests.Service;

public interface IPassages
{
    [Trace(StepType = StepType.Retriever)]
    Task<string[]> FindAsync(string query);
}
