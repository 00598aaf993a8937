using System.Collections.ObjectModel;
using System.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Tells an observer how a task ends, before anybody who awaits the task is told. What the caller is given ends as the task did: with its
/// result, all of its exceptions, or its cancellation, the same objects; and at once where the task had ended already.
/// </summary>
internal static class ObservedTask
{
    // On the thread that ends the task and whatever is ambient there, as the continuation of an awaiting caller would be.
    private const TaskContinuationOptions AtOnce = TaskContinuationOptions.ExecuteSynchronously;

    private static readonly Assembly Library = typeof(Task).Assembly;

    public static Task Observe<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (task.IsCompletedSuccessfully)
        {
            observer.Completed<object?>(null);
            return task;
        }

        return UntypedTask.Of(task.GetType()).Observe(task, observer);
    }

    public static Task<TResult> Observe<TResult, TObserver>(Task<TResult> task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!IsNeededAsItself<Task<TResult>>(task))
        {
            return task.IsCompleted
                ? Told(task, observer)
                : task.ContinueWith(
                    static (ended, observer) => Told(ended, (TObserver)observer!),
                    observer,
                    CancellationToken.None,
                    AtOnce,
                    TaskScheduler.Default).Unwrap();
        }

        if (task.IsCompleted)
        {
            TellOnly(task, observer);
        }
        else
        {
            task.ContinueWith(
                static (ended, observer) => TellOnly(ended, (TObserver)observer!),
                observer,
                CancellationToken.None,
                AtOnce,
                TaskScheduler.Default);
        }

        return task;
    }

    /// <summary>The same for a task that is no <see cref="Task{TResult}"/>.</summary>
    public static Task ObserveResultless<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!IsNeededAsItself<Task>(task))
        {
            return task.IsCompleted
                ? ToldResultless(task, observer)
                : task.ContinueWith(
                    static (ended, observer) => ToldResultless(ended, (TObserver)observer!),
                    observer,
                    CancellationToken.None,
                    AtOnce,
                    TaskScheduler.Default).Unwrap();
        }

        if (task.IsCompleted)
        {
            TellOnly(task, observer);
        }
        else
        {
            task.ContinueWith(
                static (ended, observer) => TellOnly(ended, (TObserver)observer!),
                observer,
                CancellationToken.None,
                AtOnce,
                TaskScheduler.Default);
        }

        return task;
    }

    /// <summary>
    /// Whether the caller may need this very task: one it can downcast to a type of its own or that carries a state, one it has to
    /// start, or one that a blocking wait runs on the waiting thread through the scheduler it was started on. The observer is told all
    /// the same, though perhaps after somebody who awaits the task.
    /// </summary>
    /// <typeparam name="TTask">The type of most tasks, which is quickest to recognise.</typeparam>
    private static bool IsNeededAsItself<TTask>(Task task)
        where TTask : Task =>
        (task.GetType() != typeof(TTask) && task.GetType().Assembly != Library)
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

    // Resulting in the task itself, and unwrapping that, carries over its cancellation as it is.
    private static Task<TResult> Told<TResult, TObserver>(Task<TResult> ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            var result = ended.Result;
            var given = observer.Succeeded(result);
            return typeof(TResult).IsValueType || ReferenceEquals(given, result) ? ended : Task.FromResult(given);
        }

        if (!ended.IsFaulted)
        {
            observer.Failed(Cancellation(ended));
            return ended;
        }

        var copy = new TaskCompletionSource<TResult>();
        copy.SetException(Exceptions(ended, observer));
        return copy.Task;
    }

    private static Task ToldResultless<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!ended.IsFaulted)
        {
            TellOnly(ended, observer);
            return ended;
        }

        var copy = new TaskCompletionSource();
        copy.SetException(Exceptions(ended, observer));
        return copy.Task;
    }

    // They go into a copy: to read a task's exceptions is to observe them, and whether the caller does is for
    // TaskScheduler.UnobservedTaskException to say.
    private static ReadOnlyCollection<Exception> Exceptions<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var all = ended.Exception!;
        observer.Failed(all.InnerExceptions is [var only] ? only : all);
        return all.InnerExceptions;
    }

    /// <summary>Tells of a task that the caller has as it is. Its exceptions are not read, for the caller to be the one who observes them.</summary>
    private static void TellOnly<TResult, TObserver>(Task<TResult> ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            observer.Completed(ended.Result);
        }
        else
        {
            TellOnly((Task)ended, observer);
        }
    }

    private static void TellOnly<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            observer.Completed<object?>(null);
        }
        else
        {
            observer.Failed(ended.IsFaulted
                ? new InvalidOperationException("The task failed. Its exception is left to whoever awaits the task.")
                : Cancellation(ended));
        }
    }

    /// <summary>The exception that whoever awaits the task is given: it alone says why, a time-out for one.</summary>
    private static OperationCanceledException Cancellation(Task canceled)
    {
        try
        {
            // The only way to it. Thrown once more it is the same object, and has its own stack trace again for the next who awaits.
            canceled.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }

        return new TaskCanceledException(canceled);
    }
}
