
namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A service that makes the calls it is given. Each method makes them in one way.</summary>
public interface ICallingShapes
{
    int Run(Func<Task> call);

    Task RunAsync(Func<Task> call);

    IAsyncEnumerable<int> Stream(Func<Task> call);

    Task RunOnPoolAsync(Func<Task> call);

    Task RunInParallelAsync(Func<Task> call);

    Task ConsumeAsync(Func<Task> call);
}
