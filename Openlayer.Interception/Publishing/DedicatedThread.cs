namespace Openlayer.Interception.Publishing;

/// <summary>A background thread for one loop. A starved thread pool does not stop publishing, and publishing does not starve the pool.</summary>
internal static class DedicatedThread
{
    /// <summary>Starts the loop.</summary>
    /// <returns>A task that completes when the loop returns. Its continuations run on other threads, because this one ends.</returns>
    public static Task Run(Action loop) => Task.Factory.StartNew(
        loop,
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
        TaskScheduler.Default);
}
