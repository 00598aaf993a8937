using Autofac;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class NestingTests
{
    [Theory, EveryRegistration]
    public async Task A_steps_parent_is_the_ambient_step_at_the_time_of_the_call(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            work.Do("first");
            await Task.Yield();
            await work.DoValueAsync("second", async () =>
            {
                await Task.Yield();
                work.Do("third");
            });
            work.Do("fourth");
        });

        Assert.Equal("request(first, second(third), fourth)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task The_parent_is_determined_by_the_call_and_not_by_the_await(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            var early = work.DoAsync("early", async () => await Task.Yield());
            await work.DoAsync("late", () => early);
        });

        Assert.Equal("request(early, late)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task The_calls_step_is_ambient_while_the_target_runs(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        List<string?> seen = [];

        await work.DoAsync("request", async () =>
        {
            seen.Add(container.Current);
            await Task.Yield();
            seen.Add(container.Current);
            await work.DoAsync("inner", async () => await Task.Yield());
            seen.Add(container.Current);
        });

        Assert.Equal(["request", "request", "request"], seen);
    }

    [Theory, EveryRegistration]
    public async Task The_callers_step_is_ambient_again_when_control_returns(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string?> seen = [];

        await work.DoAsync("request", async () =>
        {
            work.Do("synchronous");
            seen.Add(container.Current);
            Assert.Throws<InvalidOperationException>(() => work.Do("failing", () => throw new InvalidOperationException()));
            seen.Add(container.Current);
            var pending = work.DoAsync("pending", () => gate.Task);
            seen.Add(container.Current);
            var pendingValue = work.DoValueAsync("pending value", () => new ValueTask(gate.Task));
            seen.Add(container.Current);
            gate.SetResult();
            await pending;
            seen.Add(container.Current);
            await pendingValue;
            seen.Add(container.Current);
        });

        Assert.Equal(Enumerable.Repeat("request", 6), seen);
        Assert.Null(container.Current);
    }

    [Theory, EveryRegistration]
    public async Task Parallel_calls_are_siblings(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => work.DoAsync("all", async () => await Task.Yield())));
            await Parallel.ForEachAsync(
                Enumerable.Range(0, 10),
                async (_, _) => await work.DoAsync("each", async () => await Task.Yield()));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => work.Do("run"))));
        });

        var request = (await container.TraceAsync()).Root;
        Assert.Equal(
            [("all", 10), ("each", 10), ("run", 10)],
            request.Steps.GroupBy(Tree.Of).Select(static group => (group.Key, group.Count())));
    }

    [Theory, EveryRegistration]
    public async Task A_callers_continuation_never_runs_before_the_awaited_step_has_ended(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await CheckAsync(body => work.DoAsync("task", body));
        await CheckAsync(body => work.DoValueAsync("value task", () => new ValueTask(body())).AsTask());
        await CheckAsync(body => work.Get<Task<int>>("task with a result", async () =>
        {
            await body();
            return 1;
        }));

        async Task CheckAsync(Func<Func<Task>, Task> call)
        {
            // Continuations run inline when the gate opens, as early as possible.
            var gate = new TaskCompletionSource();
            Step? step = null;
            var called = call(async () =>
            {
                step = container.Tracer.CurrentStep;
                await gate.Task;
            });
            var endedAtContinuation = called.ContinueWith(
                _ => step!.EndTime is not null,
                TestContext.Current.CancellationToken,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);

            Assert.Null(step!.EndTime);
            gate.SetResult();
            Assert.True(await endedAtContinuation);
        }
    }

    [Theory, EveryRegistration]
    public async Task Parallel_requests_are_separate_traces(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => Task.Run(async () =>
        {
            await using var scope = container.BeginScope();
            await scope.Resolve<IWork>().DoAsync($"request {number}", async () =>
            {
                await Task.Yield();
                scope.Resolve<IWork>().Do($"part of {number}");
            });
        })));

        var trees = (await container.TracesAsync()).Select(static trace => Tree.Of(trace.Root));
        Assert.Equal(
            Enumerable.Range(0, 10).Select(static number => $"request {number}(part of {number})"),
            trees.Order());
    }
}
