using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Observes a task of <see cref="Task.Run(Action)"/> that still waits for a thread. A blocking wait for such a task runs it on the waiting
/// thread. The caller's task must do the same, or callers that block need one more thread of the pool each.
/// </summary>
internal sealed class QueuedTask : TaskScheduler
{
    private readonly Task _queued;

    private QueuedTask(Task queued) => _queued = queued;

    /// <summary>
    /// Whether the task still waits for a thread and can only end with a result or with one exception: nothing cancels it, and it has no
    /// attached children.
    /// </summary>
    public static bool Is(Task task) =>
        task.Status == TaskStatus.WaitingToRun
        && (task.CreationOptions & TaskCreationOptions.DenyChildAttach) != 0
        && !new TaskCanceledException(task).CancellationToken.CanBeCanceled;

    public static Task<TResult> Observe<TResult, TObserver>(Task<TResult> queued, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var observed = new Task<TResult>(
            () =>
            {
                if (queued.IsFaulted)
                {
                    observer.Failed(queued.Exception.InnerException!);
                }

                var result = queued.GetAwaiter().GetResult();
                return observer.Succeeded(result);
            },
            OptionsOf(queued));
        observed.Start(new QueuedTask(queued));
        return observed;
    }

    public static Task Observe<TObserver>(Task queued, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var observed = new Task(
            () =>
            {
                if (queued.IsFaulted)
                {
                    observer.Failed(queued.Exception.InnerException!);
                }

                queued.GetAwaiter().GetResult();
                observer.Completed<object?>(null);
            },
            OptionsOf(queued));
        observed.Start(new QueuedTask(queued));
        return observed;
    }

    protected override void QueueTask(Task task) => _queued.ContinueWith(
        _ => TryExecuteTask(task),
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        Default);

    // A wait without time-out or cancellation.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
    {
        if (_queued.Status != TaskStatus.WaitingToRun)
        {
            return false;
        }

        _queued.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        return TryExecuteTask(task);
    }

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    // Continuations and the code they run must not see this scheduler.
    private static TaskCreationOptions OptionsOf(Task queued) => queued.CreationOptions | TaskCreationOptions.HideScheduler;
}
