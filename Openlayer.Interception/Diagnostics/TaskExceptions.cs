namespace Openlayer.Interception.Diagnostics;

/// <summary>The exceptions of tasks that no caller may await.</summary>
internal static class TaskExceptions
{
    /// <summary>Marks a failure of a task as observed, so that <see cref="TaskScheduler.UnobservedTaskException"/> is not raised for it.</summary>
    public static void MarkObserved(Task task) => task.ContinueWith(
        static failed => _ = failed.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
