using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>Notifies an observer when a value task ends. The value task is consumed here, once. The caller gets one that ends in the same way.</summary>
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
            // The value task was not backed by a task, so that no exception of it would have been reported as unobserved.
            TaskExceptions.MarkObserved(observed);
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
            var returned = observer.Succeeded(result);
            return typeof(TResult).IsValueType || ReferenceEquals(returned, result) ? preserved : new ValueTask<TResult>(returned);
        }

        var observed = ObservedTask.Observe(preserved.AsTask(), observer);
        if (preserved != task)
        {
            TaskExceptions.MarkObserved(observed);
        }

        return new ValueTask<TResult>(observed);
    }
}
