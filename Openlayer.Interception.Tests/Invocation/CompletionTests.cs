using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class CompletionTests
{
    [Theory, EveryRegistration]
    public async Task A_trace_is_complete_when_all_its_steps_have_ended(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        var forgotten = Task.CompletedTask;

        work.Do("request", () => forgotten = work.DoAsync("forgotten", async () =>
        {
            await gate.Task;
            work.Do("late");
        }));

        Assert.Empty(await container.TracesAsync());
        gate.SetResult();
        await forgotten;
        Assert.Equal("request(forgotten(late))", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_step_ends_with_its_call_and_not_with_work_that_outlives_it(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        Step? request = null;
        var forgotten = Task.CompletedTask;

        work.Do("request", () =>
        {
            request = container.Tracer.CurrentStep;
            forgotten = work.DoAsync("forgotten", () => gate.Task);
        });

        Assert.NotNull(request!.EndTime);
        Assert.Null(request.Steps[0].EndTime);
        gate.SetResult();
        await forgotten;
    }

    [Theory, EveryRegistration]
    public async Task Work_that_starts_after_its_trace_was_completed_opens_a_trace_that_refers_to_it(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        var forgotten = Task.CompletedTask;

        work.Do("request", () => forgotten = Task.Run(async () =>
        {
            await gate.Task;
            Assert.Null(container.Tracer.CurrentStep);
            work.Do("late");
        }));
        gate.SetResult();
        await forgotten;

        Assert.Equal("request; late", await container.TreesAsync());
        var traces = await container.TracesAsync();
        Assert.Equal(traces[0].InferenceId, traces[1].Root.Metadata["continuedFrom"]);
    }

    [Theory, EveryRegistration]
    public async Task A_failed_call_records_the_exception_on_its_step(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await Assert.ThrowsAsync<InvalidOperationException>(() => work.DoAsync("request", async () =>
        {
            Assert.Throws<FormatException>(() => work.Do("at once", () => throw new FormatException("no number")));
            await Task.Yield();
            throw new InvalidOperationException("no answer");
        }));

        var request = (await container.TraceAsync()).Root;
        Assert.Equal("no answer", request.Metadata["Exceptions"]);
        Assert.Equal("no number", request.Steps[0].Metadata["Exceptions"]);
        Assert.Null(request.Output);
    }

    [Theory, EveryRegistration]
    public async Task A_cancelled_call_records_the_reason_of_the_cancellation(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        var reason = new TaskCanceledException("no answer in 100 seconds", new TimeoutException(), cancellation.Token);
        async Task FailAsync()
        {
            await Task.Yield();
            throw reason;
        }

        var task = work.DoAsync("task", FailAsync);
        var exception = await Assert.ThrowsAsync<TaskCanceledException>(() => task);
        await Assert.ThrowsAsync<TaskCanceledException>(() => work.DoValueAsync("value task", async () => await FailAsync()).AsTask());

        Assert.True(task.IsCanceled);
        Assert.Same(reason, exception);
        Assert.All(
            await container.TracesAsync(),
            static trace => Assert.Equal("no answer in 100 seconds", trace.Root.Metadata["Exceptions"]));
    }
}
