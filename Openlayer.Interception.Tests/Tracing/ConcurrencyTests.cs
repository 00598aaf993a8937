using System.Globalization;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

public sealed class ConcurrencyTests
{
    [Theory, EveryRegistration]
    public async Task No_step_is_lost_when_many_calls_run_in_parallel(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await work.DoAsync("request", () => Parallel.ForEachAsync(
            Enumerable.Range(0, 10_000),
            async (number, _) => await work.DoAsync($"{number}", async () =>
            {
                await Task.Yield();
                container.Tracer.CurrentTrace!.Metadata["last"] = number;
            })));

        var request = (await container.TraceAsync()).Root;
        Assert.Equal(Enumerable.Range(0, 10_000), request.Steps.Select(static step => int.Parse(Tree.Label(step), CultureInfo.InvariantCulture)).Order());
        Assert.All(request.Steps, static step => Assert.NotNull(step.EndTime));
    }

    [Fact]
    public async Task Children_are_ordered_by_the_time_they_opened()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var work = container.Work;
        var gates = Enumerable.Range(0, 100).Select(static _ => new TaskCompletionSource()).ToArray();

        await work.DoAsync("request", async () =>
        {
            var calls = gates.Select((gate, number) => work.DoAsync($"{number}", () => gate.Task)).ToArray();
            foreach (var gate in Enumerable.Reverse(gates))
            {
                gate.SetResult();
            }

            await Task.WhenAll(calls);
        });

        Assert.Equal($"request({string.Join(", ", Enumerable.Range(0, 100))})", await container.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task A_step_can_end_on_a_different_thread(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var gate = new TaskCompletionSource();
        var pending = container.Work.DoAsync("request", () => gate.Task);

        var other = new Thread(gate.SetResult);
        other.Start();
        other.Join();
        await pending;

        Assert.Equal("request", await container.TreesAsync());
        Assert.Null(container.Tracer.CurrentStep);
    }
}
