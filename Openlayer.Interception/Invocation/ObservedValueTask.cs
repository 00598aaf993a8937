using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>Tells an observer how a value task ends. The value task is consumed once, here; the caller is given one that ends the same way.</summary>
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
            LeaveUnreported(observed);
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
            LeaveUnreported(observed);
        }

        return new ValueTask<TResult>(observed);
    }

    // The value task was no task before it was preserved: TaskScheduler.UnobservedTaskException would never have been raised for it.
    private static void LeaveUnreported(Task task) => task.ContinueWith(
        static failed => _ = failed.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
