namespace Openlayer.Interception.Tests.Service;

public sealed class Passages : IPassages
{
    public async Task<string[]> FindAsync(string query)
    {
        await Task.Yield();
        return ["A stream that is left early ends its step with what it has produced so far.", "The step says that it was left."];
    }
}
