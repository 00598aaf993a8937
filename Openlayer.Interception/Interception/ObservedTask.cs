namespace Openlayer.Interception.Interception;

/// <summary>
/// Tells an observer how a task ends, before anybody who awaits the task is told. What the caller is given ends as the task did: with its
/// result, all of its exceptions, or its cancellation, the same objects; and at once where the task had ended already.
/// </summary>
internal static class ObservedTask
{
    public static Task Observe<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (task.IsCompletedSuccessfully)
        {
            observer.Succeeded<object?>(null);
            return task;
        }

        if (IsNeededAsItself(task))
        {
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Tell(task, observer));
            return task;
        }

        return task.IsFaulted ? Faulted<object?, TObserver>(task, observer) : TellThenReturn(task, observer).Unwrap();
    }

    public static Task<TResult> Observe<TResult, TObserver>(Task<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (task.IsCompletedSuccessfully)
        {
            return Result(task, observer);
        }

        if (IsNeededAsItself(task))
        {
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => _ = Told(task, observer));
            return task;
        }

        return task.IsFaulted ? Faulted<TResult, TObserver>(task, observer) : TellThenReturn(task, observer).Unwrap();
    }

    /// <summary>
    /// Whether the caller may need this very task: one it can downcast to a type of its own or that carries a state, one it has to
    /// start, or one that a blocking wait runs on the waiting thread through the scheduler it was started on. The observer is told all
    /// the same, though perhaps after somebody who awaits the task.
    /// </summary>
    private static bool IsNeededAsItself(Task task) =>
        task.GetType().Assembly != typeof(Task).Assembly
        || task.AsyncState is not null
        || task.Status switch
        {
            TaskStatus.Created => true,

            // A task of Task.Run, which is known by its denying attached children, runs on the pool: waiting for it cannot deadlock.
            TaskStatus.WaitingToRun =>
                (task.CreationOptions & TaskCreationOptions.DenyChildAttach) == 0
                && (SynchronizationContext.Current is not null || TaskScheduler.Current != TaskScheduler.Default),
            _ => false,
        };

    // Resulting in the task itself, and unwrapping that, carries over every exception and the cancellation as they are.
    private static async Task<Task> TellThenReturn<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Tell(task, observer);
        return task;
    }

    private static async Task<Task<TResult>> TellThenReturn<TResult, TObserver>(Task<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Told(task, observer);
    }

    private static Task<TResult> Told<TResult, TObserver>(Task<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (task.IsCompletedSuccessfully)
        {
            return Result(task, observer);
        }

        Tell(task, observer);
        return task;
    }

    private static Task<TResult> Result<TResult, TObserver>(Task<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var result = task.Result;
        var given = observer.Succeeded(result);
        return typeof(TResult).IsValueType || ReferenceEquals(given, result) ? task : Task.FromResult(given);
    }

    // A copy: to read a task's exceptions is to observe them, and whether the caller does is for TaskScheduler.UnobservedTaskException to say.
    private static Task<TResult> Faulted<TResult, TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var copy = new TaskCompletionSource<TResult>();
        copy.SetException(task.Exception!.InnerExceptions);
        Tell(task, observer);
        return copy.Task;
    }

    private static void Tell<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (task.IsCompletedSuccessfully)
        {
            observer.Succeeded<object?>(null);
        }
        else
        {
            observer.Failed(Failure(task));
        }
    }

    private static Exception Failure(Task task) => task.Exception switch
    {
        null => new TaskCanceledException(task),
        { InnerExceptions: [var only] } => only,
        var several => several,
    };
}
