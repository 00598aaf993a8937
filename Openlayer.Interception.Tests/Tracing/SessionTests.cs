using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class SessionTests
{
    [Theory, EveryRegistration]
    public async Task Traces_opened_in_a_session_have_its_user_and_session_id(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        using (container.Tracer.BeginSession("ann", "chat 1"))
        {
            work.Do("first");
            using (container.Tracer.BeginSession("bob", null))
            {
                await work.DoAsync("second", async () => await Task.Yield());
            }

            await Task.Yield();
            work.Do("third");
        }

        work.Do("fourth");

        Assert.Equal(
            [("ann", "chat 1"), ("bob", null), ("ann", "chat 1"), (null, null)],
            (await container.TracesAsync()).Select(static trace => (trace.UserId, trace.SessionId)));
    }

    [Theory, EveryRegistration]
    public async Task A_session_begun_within_a_trace_applies_to_that_trace(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await container.Work.DoAsync("request", async () =>
        {
            await Task.Yield();
            using var session = container.Tracer.BeginSession("ann", "chat 1");
        });

        var trace = await container.TraceAsync();
        Assert.Equal(("ann", "chat 1"), (trace.UserId, trace.SessionId));
    }

    [Theory, EveryRegistration]
    public async Task Sessions_of_parallel_requests_do_not_mix(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        using var allBegun = new Barrier(4);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Factory.StartNew(
            () =>
            {
                using var session = container.Tracer.BeginSession($"user {number}", $"chat {number}");
                allBegun.SignalAndWait(TestContext.Current.CancellationToken);
                container.Work.Do($"{number}");
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(4, (await container.TracesAsync()).Count);
        Assert.All(
            await container.TracesAsync(),
            static trace => Assert.Equal(($"user {Tree.Of(trace.Root)}", $"chat {Tree.Of(trace.Root)}"), (trace.UserId, trace.SessionId)));
    }

    [Fact]
    public async Task A_trace_that_continues_another_has_the_same_user_and_session()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        var forgotten = Task.CompletedTask;

        work.Do("request", () =>
        {
            container.Tracer.CurrentTrace!.UserId = "ann";
            container.Tracer.CurrentTrace.SessionId = "chat 1";
            forgotten = Task.Run(async () =>
            {
                await gate.Task;
                work.Do("late");
            });
        });
        gate.SetResult();
        await forgotten;

        var late = (await container.TracesAsync())[1];
        Assert.Equal(("ann", "chat 1"), (late.UserId, late.SessionId));
    }
}
