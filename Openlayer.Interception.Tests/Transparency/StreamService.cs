namespace Openlayer.Interception.Tests.Transparency;

internal sealed class StreamService : IStreamService
{
    public PlainStream Plain() => new HiddenPlainStream();

    public IAsyncEnumerable<int> Finalized() => new FinalizedStream(new object());

    public ComparableStream Comparable(params int[] items) => new(items);

    public Task<IAsyncEnumerable<int>> InOwnTask()
    {
        var task = new OwnTask<IAsyncEnumerable<int>>(Items);
        task.RunSynchronously(TaskScheduler.Default);
        return task;
    }

    private static async IAsyncEnumerable<int> Items()
    {
        await Task.Yield();
        yield return 1;
    }
}
