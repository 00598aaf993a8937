using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Publishing;

public sealed class TraceFinisherTests
{
    [Fact]
    public async Task Each_enricher_runs_once_for_each_trace_and_a_failing_one_costs_nothing_but_its_own_columns()
    {
        var runs = 0;
        using var log = new RecordedLog();
        await using var container = new TracedContainer(configure: options =>
        {
            options.LoggerFactory = log;
            options.Enrich += static trace => throw new InvalidOperationException("not logged");
            options.Enrich += trace => trace.Metadata["run"] = ++runs;
        });

        container.Tracer.StartStep("first").Dispose();
        container.Tracer.StartStep("second").Dispose();

        Assert.Equal([1, 2], (await container.TracesAsync()).Select(static trace => trace.Metadata["run"]));
        Assert.Contains("OpenlayerOptions.Enrich failed", Assert.Single(log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_or_sampler_that_fails_is_logged_and_traces_are_published()
    {
        using var log = new RecordedLog();
        await using var container = new TracedContainer(configure: options =>
        {
            options.LoggerFactory = log;
            options.Filter = static _ => throw new InvalidOperationException();
            options.Sampler = static (_, _) => throw new InvalidOperationException();
        });

        container.Tracer.StartStep("step").Dispose();

        Assert.Equal("step", await container.TreesAsync());
        Assert.Equal(2, log.Messages.Count);
    }

    [Fact]
    public async Task Calls_of_an_enricher_filter_or_sampler_open_no_steps()
    {
        IWork? work = null;
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options =>
        {
            options.Sampler = (_, _) => Call("sampler");
            options.Enrich = _ => Call("enricher");
            options.Filter = _ => Call("filter");
        });
        work = container.Work;

        work.Do("request", () => work.Do("call"));

        Assert.Equal("request(call)", await container.TreesAsync());

        bool Call(string name)
        {
            work!.Do(name);
            return true;
        }
    }

    [Fact]
    public async Task A_root_that_the_sampler_rejects_is_silent_and_what_it_calls_is_too()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
            options.Sampler = static (name, type) => name != "rejected" && type == StepType.UserCall);
        var work = container.Work;

        using (container.Tracer.StartStep("rejected"))
        {
            work.Do("inside");
        }

        work.Do("outside");

        Assert.Equal("outside", await container.TreesAsync());
    }
}
