namespace Openlayer.Interception.Tests.Transparency;

/// <summary>
/// A blocking wait for work that no thread has started runs it itself. Callers that block need no more threads of the pool than without the
/// proxy.
/// </summary>
public sealed class QueuedWorkTests : IDisposable
{
    private readonly OpenlayerTracer _tracer;
    private readonly InMemoryTracePublisher _published = new();

    public QueuedWorkTests() => _tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { _published } });

    public static TheoryData<string> Calls => [.. Ways.Keys];

    private static Dictionary<string, Action<IQueuedWork>> Ways { get; } = new()
    {
        ["Result"] = static work => Assert.Equal(7, work.GetAsync().Result),
        ["the awaiter of a result"] = static work => Assert.Equal(7, work.GetAsync().GetAwaiter().GetResult()),
        ["Wait"] = static work => work.DoAsync().Wait(),
        ["the awaiter"] = static work => work.DoAsync().GetAwaiter().GetResult(),
        ["a value task"] = static work => Assert.Equal(7, work.GetValueAsync().AsTask().Result),
        ["a task declared without its result"] = static work => work.GetUntypedAsync().Wait(),
        ["WaitAll"] = static work => Task.WaitAll(work.GetAsync(), work.DoAsync()),
        ["a failure"] = static work =>
            Assert.IsType<TargetException>(Assert.Single(Assert.Throws<AggregateException>(() => work.FailAsync().Wait()).InnerExceptions)),
        ["a failure of a task with a result"] = static work =>
            Assert.Throws<TargetException>(() => work.FailWithResultAsync().GetAwaiter().GetResult()),
        ["a cancellation of another token"] = static work =>
            Assert.Equal(TaskStatus.Faulted, Ended(work.CancelAsync()).Status),
    };

    public void Dispose() => _tracer.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_blocking_wait_runs_queued_work_itself_as_without_the_proxy(string call)
    {
        OnAThread(() => Ways[call](new QueuedWork()));
        OnAThread(() => Ways[call](_tracer.Intercept<IQueuedWork>(new QueuedWork())));
        OnAThread(() => Ways[call](_tracer.Intercept<IQueuedWork>(new Forwarding(_tracer.Intercept<IQueuedWork>(new QueuedWork())))));

        await _tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(_published.Traces);
        Assert.All(_published.Traces, trace => Assert.Equal(
            call.Contains("failure", StringComparison.Ordinal),
            trace.Root.Metadata.TryGetValue("Exceptions", out var exception) && exception is "failed"));
    }

    [Fact]
    public void A_queued_task_keeps_no_scheduler_for_its_continuations()
    {
        TaskScheduler? seen = null;
        OnAThread(() =>
        {
            var task = _tracer.Intercept<IQueuedWork>(new QueuedWork()).GetAsync();
            var continued = task.ContinueWith(_ => seen = TaskScheduler.Current, TaskContinuationOptions.ExecuteSynchronously);
            task.Wait();
            continued.Wait();
        });

        Assert.Same(TaskScheduler.Default, seen);
    }

    private static Task Ended(Task task)
    {
        Assert.Throws<AggregateException>(task.Wait);
        return task;
    }

    private static void OnAThread(Action block)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(block)) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "The wait does not run the work.");
        Assert.Null(failure);
    }

    public interface IQueuedWork
    {
        Task<int> GetAsync();

        Task DoAsync();

        ValueTask<int> GetValueAsync();

        Task GetUntypedAsync();

        Task FailAsync();

        Task<int> FailWithResultAsync();

        Task CancelAsync();
    }

    // What Task.Run returns, on a pool whose threads are all busy.
    private sealed class QueuedWork : IQueuedWork
    {
        private static readonly TaskScheduler Busy = new BusyPool();

        public Task<int> GetAsync() => Run(static () => 7);

        public Task DoAsync() => Run(static () => { });

        public ValueTask<int> GetValueAsync() => new(Run(static () => 7));

        public Task GetUntypedAsync() => Run(static () => 7);

        public Task FailAsync() => Run(static () => throw new TargetException("failed"));

        public Task<int> FailWithResultAsync() => Run<int>(static () => throw new TargetException("failed"));

        public Task CancelAsync() => Run(static () => throw new OperationCanceledException(new CancellationToken(canceled: true)));

        private static Task Run(Action work) =>
            Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Busy);

        private static Task<TResult> Run<TResult>(Func<TResult> work) =>
            Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, Busy);
    }

    private sealed class Forwarding(IQueuedWork inner) : IQueuedWork
    {
        public Task<int> GetAsync() => inner.GetAsync();

        public Task DoAsync() => inner.DoAsync();

        public ValueTask<int> GetValueAsync() => inner.GetValueAsync();

        public Task GetUntypedAsync() => inner.GetUntypedAsync();

        public Task FailAsync() => inner.FailAsync();

        public Task<int> FailWithResultAsync() => inner.FailWithResultAsync();

        public Task CancelAsync() => inner.CancelAsync();
    }

    private sealed class BusyPool : TaskScheduler
    {
        protected override void QueueTask(Task task)
        {
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
