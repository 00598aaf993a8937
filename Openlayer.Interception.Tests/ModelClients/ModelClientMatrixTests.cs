using System.Globalization;
using System.Text;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>
/// Every client in every calling shape: one trace, with one step for each request the servers counted, under the step of its caller.
/// </summary>
public sealed class ModelClientMatrixTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_client_in_every_calling_shape_makes_one_trace_with_one_step_for_each_request_under_its_caller()
    {
        await using var clients = await TestedClients.StartAsync(new() { Register = CallingShapes.Register });
        var table = new StringBuilder($"{"client",-62} | {string.Join(" | ", CallingShapes.All.Keys)}\n");
        var wrong = new List<string>();
        foreach (var (client, call) in ModelCalls.All)
        {
            table.Append(CultureInfo.InvariantCulture, $"{client,-62}");
            foreach (var (shape, (times, parent, run)) in CallingShapes.All)
            {
                var found = await CountAsync(clients, run, call);
                if (found != new Counts(Traces: 1, Steps: times, Requests: times, Parents: parent ?? ""))
                {
                    wrong.Add($"{client}, {shape}: {found}");
                }

                table.Append(CultureInfo.InvariantCulture, $" | {$"{found.Traces}/{found.Steps}/{found.Requests}".PadRight(shape.Length)}");
            }

            table.AppendLine();
        }

        output.WriteLine("traces / model steps / requests that the server counted");
        output.WriteLine(table.ToString());
        Assert.Empty(wrong);
    }

    private static async Task<Counts> CountAsync(TestedClients clients, Func<ICallingShapes, Func<Task>, Task> run, ModelCall call)
    {
        clients.Published.Clear();
        var before = clients.Requests;
        await run(clients.Get<ICallingShapes>(), () => ReadAsync(call.Ask(clients, TestContext.Current.CancellationToken)));
        await clients.Tracer.FlushAsync();
        var steps = clients.Published.Traces.SelectMany(static trace => Flatten(trace.Root)).OfType<ModelStep>().ToArray();
        Assert.All(steps, static step => Assert.NotNull(step.Output));
        var parents = clients.Published.Traces.SelectMany(static trace => CallingShapes.Parents(trace.Root)).Distinct();
        return new(
            clients.Published.Traces.Count,
            steps.Length,
            clients.Requests - before,
            string.Join(", ", parents));
    }

    private static IEnumerable<Step> Flatten(Step step) => step.Steps.SelectMany(Flatten).Prepend(step);

    private static async Task ReadAsync(IAsyncEnumerable<string> pieces) => Assert.NotEmpty(await pieces.ToListAsync());

    private sealed record Counts(int Traces, int Steps, int Requests, string Parents);
}
