namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>A method for each shape of result.</summary>
public interface IWorkService
{
    int Synchronous(string text);

    Task<int> CompletedTask(string text);

    ValueTask<int> CompletedValueTask(string text);

    Task<int> SuspendingTask(string text);

    IAsyncEnumerable<int> CompletedStream(int items);

    IAsyncEnumerable<int> SuspendingStream(int items);

    int Record(Customer customer);

    int List(List<Customer> customers);
}
