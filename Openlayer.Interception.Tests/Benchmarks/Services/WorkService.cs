namespace Openlayer.Interception.Benchmarks.Services;

public sealed class WorkService(Suspension suspension) : IWorkService
{
    private static readonly Task<int> Completed = Task.FromResult(1);

    public int Synchronous(string text) => text.Length;

    public Task<int> CompletedTask(string text) => Completed;

    public ValueTask<int> CompletedValueTask(string text) => new(text.Length);

    public async Task<int> SuspendingTask(string text)
    {
        await suspension;
        return text.Length;
    }

    public async IAsyncEnumerable<int> CompletedStream(int items)
    {
        await Task.CompletedTask;
        for (var item = 0; item < items; item++)
        {
            yield return item;
        }
    }

    public async IAsyncEnumerable<int> SuspendingStream(int items)
    {
        for (var item = 0; item < items; item++)
        {
            await suspension;
            yield return item;
        }
    }

    public int Record(Customer customer) => customer.Number;

    public int List(List<Customer> customers) => customers.Count;
}
