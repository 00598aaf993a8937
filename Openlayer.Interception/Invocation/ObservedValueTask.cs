using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>Notifies an observer of a value task's end. The value task is consumed once, here; the caller gets one that ends in the same way.</summary>
internal static class ObservedValueTask
{
    public static ValueTask Observe<TObserver>(ValueTask task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var preserved = task.Preserve();
        if (preserved.IsCompletedSuccessfully)
        {
            observer.Completed<object?>(null);
            return preserved;
        }

        var observed = ObservedTask.Observe(preserved.AsTask(), observer);
        if (preserved != task)
        {
            MarkObserved(observed);
        }

        return new ValueTask(observed);
    }

    public static ValueTask<TResult> Observe<TResult, TObserver>(ValueTask<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var preserved = task.Preserve();
        if (preserved.IsCompletedSuccessfully)
        {
            var result = preserved.Result;
            var given = observer.Succeeded(result);
            return typeof(TResult).IsValueType || ReferenceEquals(given, result) ? preserved : new ValueTask<TResult>(given);
        }

        var observed = ObservedTask.Observe(preserved.AsTask(), observer);
        if (preserved != task)
        {
            MarkObserved(observed);
        }

        return new ValueTask<TResult>(observed);
    }

    // The value task was not backed by a task: TaskScheduler.UnobservedTaskException would never have been raised for it.
    private static void MarkObserved(Task task) => task.ContinueWith(
        static failed => _ = failed.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
