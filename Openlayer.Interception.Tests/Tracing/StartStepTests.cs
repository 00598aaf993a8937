using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class StartStepTests
{
    [Theory, EveryRegistration]
    public async Task Steps_started_explicitly_and_calls_nest_in_each_other(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        using (container.Tracer.StartStep("request"))
        {
            await work.DoAsync("call", async () =>
            {
                using var inner = container.Tracer.StartStep("inner", StepType.Tool);
                await Task.Yield();
                Assert.IsType<ToolStep>(inner.Step);
                Assert.Same(inner.Step, container.Tracer.CurrentStep);
                work.Do("innermost");
            });
            work.Do("last");
        }

        Assert.Equal("request(call(inner(innermost)), last)", await container.TreesAsync());
    }

    [Fact]
    public async Task The_step_is_ambient_until_the_scope_is_disposed()
    {
        await using var container = new TracedContainer();

        using (var outer = container.Tracer.StartStep("outer"))
        {
            using (container.Tracer.StartStep("inner"))
            {
                await Task.Yield();
                Assert.Equal("inner", container.Current);
            }

            Assert.Same(outer.Step, container.Tracer.CurrentStep);
            Assert.Empty(await container.TracesAsync());
        }

        Assert.Null(container.Tracer.CurrentStep);
        Assert.Null(container.Tracer.CurrentTrace);
    }

    [Fact]
    public async Task Disposing_a_scope_twice_is_harmless()
    {
        await using var container = new TracedContainer();

        var first = container.Tracer.StartStep("first");
        first.Dispose();
        using (var second = container.Tracer.StartStep("second"))
        {
            first.Dispose();
            Assert.Same(second.Step, container.Tracer.CurrentStep);
        }

        Assert.Equal("first; second", await container.TreesAsync());
    }

    [Fact]
    public async Task An_untraced_scope_has_a_step_that_is_not_published()
    {
        await using var container = new TracedContainer(configure: static options => options.Enabled = false);

        using (var scope = container.Tracer.StartStep("request", StepType.Retriever))
        {
            scope.Step.Metadata["tenant"] = "acme";
            scope.Step.Output = "answer";
            Assert.Equal("answer", Assert.IsType<RetrieverStep>(scope.Step).Output);
            Assert.Null(container.Tracer.CurrentStep);
        }

        Assert.Empty(await container.TracesAsync());
    }

    [Fact]
    public async Task A_step_needs_a_name()
    {
        await using var container = new TracedContainer();

        Assert.Throws<ArgumentNullException>(() => container.Tracer.StartStep(null!));
    }
}
