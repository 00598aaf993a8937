using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class SamplingTests
{
    [Theory, EveryRegistration]
    public async Task A_rate_of_1_records_every_trace_and_a_rate_of_0_none(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        for (var call = 0; call < 100; call++)
        {
            work.Do("recorded");
        }

        container.Options.SamplingRate = 0;
        for (var call = 0; call < 100; call++)
        {
            work.Do("silent");
        }

        Assert.Equal(Enumerable.Repeat("recorded", 100), (await container.TracesAsync()).Select(static trace => Tree.Of(trace.Root)));
    }

    [Theory, EveryRegistration]
    public async Task Calls_within_an_unsampled_trace_are_not_recorded_even_if_the_rate_changes(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration, static options => options.SamplingRate = 0);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            container.Options.SamplingRate = 1;
            Assert.Null(container.Tracer.CurrentStep);
            work.Do("inner");
            await Task.Yield();
            work.Do("later");
            using var scope = container.Tracer.StartStep("by hand");
            work.Do("innermost");
        });

        Assert.Empty(await container.TracesAsync());
    }

    [Theory, EveryRegistration]
    public async Task Calls_in_the_body_of_an_unsampled_stream_are_not_recorded_but_its_consumers_are(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration, static options => options.SamplingRate = 0);
        var work = container.Work;

        var stream = work.Stream("stream", Produce);
        container.Options.SamplingRate = 1;
        await foreach (var item in stream)
        {
            work.Do($"consumer {item}");
        }

        Assert.Equal("consumer 1; consumer 2", await container.TreesAsync());

        async IAsyncEnumerable<int> Produce()
        {
            work.Do("a");
            yield return 1;
            work.Do("b");
            await Task.Yield();
            work.Do("c");
            yield return 2;
            work.Do("d");
        }
    }

    [Theory, EveryRegistration]
    public async Task Calls_are_traced_only_while_tracing_is_enabled(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        work.Do("request", () =>
        {
            container.Options.Enabled = false;
            work.Do("off");
            container.Options.Enabled = true;
            work.Do("on");
        });

        Assert.Equal("request(on)", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_trace_that_is_open_when_tracing_is_disabled_is_published(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        container.Work.Do("request", () => container.Options.Enabled = false);

        Assert.Equal("request", await container.TreesAsync());
    }
}
