namespace Openlayer.Interception.Interception;

/// <summary>Tells an observer how a value task ends. The value task is consumed once, here; the caller is given another that ends the same way.</summary>
internal static class ObservedValueTask
{
    public static ValueTask Observe<TObserver>(ValueTask task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!task.IsCompletedSuccessfully)
        {
            return new ValueTask(ObservedTask.Observe(task.AsTask(), observer));
        }

        task.GetAwaiter().GetResult();
        observer.Succeeded<object?>(null);
        return default;
    }

    public static ValueTask<TResult> Observe<TResult, TObserver>(ValueTask<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver =>
        task.IsCompletedSuccessfully
            ? new ValueTask<TResult>(observer.Succeeded(task.Result))
            : new ValueTask<TResult>(ObservedTask.Observe(task.AsTask(), observer));
}
