namespace Openlayer.Interception.Tests.Transparency;

internal sealed class BlockingService : IBlockingService
{
    public async Task<int> WithoutContextAsync()
    {
        await Task.Run(static () => { }).ConfigureAwait(false);
        return 1;
    }

    public async ValueTask<int> ValueWithoutContextAsync() => await WithoutContextAsync().ConfigureAwait(false);

    public Task<int> OnThePoolAsync() => Task.Run(static () => 1);

    public Task<int> OnTheContextAsync() => Task.Factory.StartNew(
        static () => 1,
        CancellationToken.None,
        TaskCreationOptions.None,
        TaskScheduler.FromCurrentSynchronizationContext());
}
