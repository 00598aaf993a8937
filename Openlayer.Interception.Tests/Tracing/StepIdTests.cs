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
