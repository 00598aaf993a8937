using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>A service adds values to its own step and trace while its call runs.</summary>
public sealed class CurrentStepTests
{
    [Theory, EveryRegistration]
    public async Task Values_that_a_service_adds_to_its_step_are_recorded(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);

        await container.Work.DoAsync("request", async () =>
        {
            await Task.Yield();
            container.Tracer.CurrentStep!.Metadata["model"] = "small";
            container.Tracer.CurrentStep.GroundTruth = "42";
            container.Tracer.CurrentStep.Name = "renamed";
        });

        var step = (await container.TraceAsync()).Root;
        Assert.Equal("small", step.Metadata["model"]);
        Assert.Equal("42", step.GroundTruth);
        Assert.Equal("renamed", step.Name);
    }

    [Theory, EveryRegistration]
    public async Task An_output_set_during_the_call_is_kept(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        work.Get("value", () => Say("inside", "result"));
        await work.Get("task", async () =>
        {
            await Task.Yield();
            return Say("inside", "result");
        });
        await foreach (var _ in work.Stream("stream", Produce))
        {
        }

        Assert.All(await container.TracesAsync(), static trace => Assert.Equal("inside", trace.Root.Output));

        T Say<T>(string output, T result)
        {
            container.Tracer.CurrentStep!.Output = output;
            return result;
        }

        async IAsyncEnumerable<string> Produce()
        {
            yield return "item";
            await Task.Yield();
            Say("inside", 0);
        }
    }

    [Theory, EveryRegistration]
    public async Task Values_that_a_service_adds_to_its_trace_are_recorded(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        work.Do("request", () => work.Do("inner", () =>
        {
            container.Tracer.CurrentTrace!.InferenceId = "id-1";
            container.Tracer.CurrentTrace.Metadata["tenant"] = "acme";
        }));

        var trace = await container.TraceAsync();
        Assert.Equal("id-1", trace.InferenceId);
        Assert.Equal("acme", trace.Metadata["tenant"]);
    }

    [Fact]
    public async Task The_default_id_of_a_row_is_the_id_of_its_root_step()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);

        container.Work.Do("request");

        var trace = await container.TraceAsync();
        Assert.Equal(trace.Root.Id, trace.InferenceId);
        Assert.True(Guid.TryParseExact(trace.InferenceId, "D", out _));
    }

    [Fact]
    public async Task A_recorded_exception_becomes_the_metadata_Exceptions()
    {
        await using var container = new TracedContainer();

        using (var scope = container.Tracer.StartStep("request"))
        {
            scope.Step.RecordException(new InvalidOperationException("no answer"));
        }

        using (var scope = container.Tracer.StartStep("request"))
        {
            scope.Step.RecordException(new AggregateException(new FormatException("one"), new FormatException("two")));
        }

        var exceptions = (await container.TracesAsync()).Select(static trace => trace.Root.Metadata["Exceptions"]);
        Assert.Equal(["no answer", "one; two"], exceptions);
    }
}
