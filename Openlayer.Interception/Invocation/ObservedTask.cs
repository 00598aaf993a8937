using System.Collections.ObjectModel;
using System.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Notifies an observer when a task ends, before the caller's continuations run. The caller gets a task that ends in the same way, with the
/// same result, exceptions or cancellation. It is already completed if the original task was.
/// </summary>
internal static class ObservedTask
{
    // Runs on the thread that ends the task, like the continuation of an awaiting caller.
    private const TaskContinuationOptions Inline = TaskContinuationOptions.ExecuteSynchronously;

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
        if (!MustKeepIdentity<Task<TResult>>(task))
        {
            return task.IsCompleted ? Notified(task, observer)
                : QueuedTask.Is(task) ? QueuedTask.Observe(task, observer)
                : task.ContinueWith(
                    static (ended, observer) => Notified(ended, (TObserver)observer!),
                    observer,
                    CancellationToken.None,
                    Inline,
                    TaskScheduler.Default).Unwrap();
        }

        if (task.IsCompleted)
        {
            NotifyOnly(task, observer);
        }
        else
        {
            task.ContinueWith(
                static (ended, observer) => NotifyOnly(ended, (TObserver)observer!),
                observer,
                CancellationToken.None,
                Inline,
                TaskScheduler.Default);
        }

        return task;
    }

    /// <summary>Observes a task that is not a <see cref="Task{TResult}"/>.</summary>
    public static Task ObserveResultless<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!MustKeepIdentity<Task>(task))
        {
            return task.IsCompleted ? NotifiedResultless(task, observer)
                : QueuedTask.Is(task) ? QueuedTask.Observe(task, observer)
                : task.ContinueWith(
                    static (ended, observer) => NotifiedResultless(ended, (TObserver)observer!),
                    observer,
                    CancellationToken.None,
                    Inline,
                    TaskScheduler.Default).Unwrap();
        }

        if (task.IsCompleted)
        {
            NotifyOnly(task, observer);
        }
        else
        {
            task.ContinueWith(
                static (ended, observer) => NotifyOnly(ended, (TObserver)observer!),
                observer,
                CancellationToken.None,
                Inline,
                TaskScheduler.Default);
        }

        return task;
    }

    /// <summary>
    /// Whether the caller may depend on the identity of the task. It may downcast the task, read its state or start it, or a blocking wait may
    /// run it inline on the scheduler it was queued to. The observer is then notified too, but possibly after the caller's continuations.
    /// </summary>
    /// <typeparam name="TTask">The most frequent type of task, which is checked first.</typeparam>
    private static bool MustKeepIdentity<TTask>(Task task)
        where TTask : Task =>
        (task.GetType() != typeof(TTask) && task.GetType().Assembly != Library)
        || task.AsyncState is not null
        || task.Status switch
        {
            TaskStatus.Created => true,

            // A task from Task.Run, recognised by DenyChildAttach, runs on the thread pool. A blocking wait for it cannot deadlock.
            TaskStatus.WaitingToRun =>
                (task.CreationOptions & TaskCreationOptions.DenyChildAttach) == 0
                && (SynchronizationContext.Current is not null || TaskScheduler.Current != TaskScheduler.Default),
            _ => false,
        };

    // Returning the ended task and unwrapping it preserves its cancellation.
    private static Task<TResult> Notified<TResult, TObserver>(Task<TResult> ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            var result = ended.Result;
            var returned = observer.Succeeded(result);
            return typeof(TResult).IsValueType || ReferenceEquals(returned, result) ? ended : Task.FromResult(returned);
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

    private static Task NotifiedResultless<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (!ended.IsFaulted)
        {
            NotifyOnly(ended, observer);
            return ended;
        }

        var copy = new TaskCompletionSource();
        copy.SetException(Exceptions(ended, observer));
        return copy.Task;
    }

    // Reading a task's exceptions marks them as observed. The copy restores that: TaskScheduler.UnobservedTaskException is still raised if
    // the caller does not observe them.
    private static ReadOnlyCollection<Exception> Exceptions<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var all = ended.Exception!;
        observer.Failed(all.InnerExceptions is [var only] ? only : all);
        return all.InnerExceptions;
    }

    /// <summary>Notifies the observer of a task that is returned unchanged. Reading its exceptions would mark them as observed.</summary>
    private static void NotifyOnly<TResult, TObserver>(Task<TResult> ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            observer.Completed(ended.Result);
        }
        else
        {
            NotifyOnly((Task)ended, observer);
        }
    }

    private static void NotifyOnly<TObserver>(Task ended, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (ended.IsCompletedSuccessfully)
        {
            observer.Completed<object?>(null);
        }
        else
        {
            observer.Failed(ended.IsFaulted
                ? new InvalidOperationException("The task failed. Its exception is not recorded, because reading it would mark it as observed.")
                : Cancellation(ended));
        }
    }

    /// <summary>The exception that awaiting the task throws. Only this exception has the reason, such as a time-out.</summary>
    private static OperationCanceledException Cancellation(Task canceled)
    {
        try
        {
            // The exception is not accessible otherwise. The same object is rethrown, and the next await restores its stack trace.
            canceled.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }

        return new TaskCanceledException(canceled);
    }
}
