using System.Text.Json;
using Openlayer.Interception.Publishing.Rows;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class StepIdTests
{
    [Fact]
    public async Task Every_step_has_a_stable_unique_random_UUID()
    {
        await using var container = new TracedContainer();
        var steps = Enumerable.Range(0, 1_000)
            .Select(_ =>
            {
                using var scope = container.Tracer.StartStep("step");
                return scope.Step;
            })
            .ToArray();
        AssertUnique(steps);
    }

    [Fact]
    public async Task The_steps_of_a_trace_have_ids_of_their_own_which_its_row_has_too()
    {
        await using var container = new TracedContainer();
        using (container.Tracer.StartStep("root"))
        {
            for (var step = 0; step < 1_000; step++)
            {
                container.Tracer.StartStep("step").Dispose();
            }
        }

        var trace = Assert.Single(await container.TracesAsync());
        var json = new JsonBuffer();
        new Row(trace).WriteTo(json);
        using var row = JsonDocument.Parse(json.Written.ToArray());
        var root = row.RootElement.GetProperty("steps")[0];

        AssertUnique([trace.Root, .. trace.Root.Steps]);
        Assert.Equal(trace.Root.Id, root.GetProperty("id").GetString());
        Assert.Equal(
            trace.Root.Steps.Select(static step => step.Id),
            root.GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Threads_that_read_an_id_for_the_first_time_read_the_same_one()
    {
        await using var container = new TracedContainer();
        using var root = container.Tracer.StartStep("root");
        for (var step = 0; step < 100; step++)
        {
            using var scope = container.Tracer.StartStep("step");
            Assert.Single(Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => scope.Step.Id).Distinct());
        }
    }

    private static void AssertUnique(Step[] steps)
    {
        Assert.Equal(steps.Length, steps.Select(static step => step.Id).Distinct().Count());
        Assert.All(steps, static step =>
        {
            var id = Guid.ParseExact(step.Id, "D");
            Assert.Equal('4', step.Id[14]);
            Assert.Contains(step.Id[19], "89ab".ToArray());
            Assert.Equal(step.Id, id.ToString("D"));
        });
    }
}
