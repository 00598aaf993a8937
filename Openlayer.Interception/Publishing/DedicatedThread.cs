namespace Openlayer.Interception.Publishing;

/// <summary>A background thread for one loop, so that a starved thread pool cannot stop publishing, nor publishing starve the pool.</summary>
internal static class DedicatedThread
{
    /// <summary>Starts the loop.</summary>
    /// <returns>Completes when the loop has returned. Continuations run elsewhere, because the thread ends then.</returns>
    public static Task Run(Action loop) => Task.Factory.StartNew(
        loop,
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
        TaskScheduler.Default);
}
