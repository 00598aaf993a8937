namespace Openlayer.Interception.Publishing;

/// <summary>A background thread for one loop: whatever the application does to the thread pool, publishing goes on, and the other way round.</summary>
internal static class DedicatedThread
{
    /// <summary>Starts it.</summary>
    /// <returns>Completes when the loop has returned. What awaits it goes on elsewhere, because the thread ends then.</returns>
    public static Task Run(Action loop) => Task.Factory.StartNew(
        loop,
        CancellationToken.None,
        TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
        TaskScheduler.Default);
}
