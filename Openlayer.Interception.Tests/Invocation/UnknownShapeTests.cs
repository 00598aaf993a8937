using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class UnknownShapeTests
{
    [Theory, EveryRegistration]
    public async Task Custom_task_likes_and_unknown_shapes_are_returned_unchanged(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var promise = new Promise();
        var lazy = new Lazy<Task>(static () => throw new InvalidOperationException("The value must not be created."));
        Task[] tasks = [Task.CompletedTask];

        Assert.Same(promise, container.Work.Get("task-like", () => promise));
        Assert.Same(lazy, container.Work.Get("lazy", () => lazy));
        Assert.Same(tasks, container.Work.Get("tasks", () => tasks));
        Assert.Null(container.Work.Get("no task", static () => (Task?)null));
        Assert.Null(container.Work.Get("no stream", static () => (IAsyncEnumerable<int>?)null));

        Assert.Equal("task-like; lazy; tasks; no task; no stream", await container.TreesAsync());
        Assert.False(lazy.IsValueCreated);
        Assert.False(promise.WasAwaited);
    }

    private sealed class Promise
    {
        public bool WasAwaited { get; private set; }

        public System.Runtime.CompilerServices.TaskAwaiter GetAwaiter()
        {
            WasAwaited = true;
            return Task.CompletedTask.GetAwaiter();
        }
    }
}
