using Autofac;
using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Transparency;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>Not run by default: <c>-explicit only -trait Category=Soak</c>.</summary>
[Collection(nameof(UndisturbedTests))]
[Trait("Category", "Soak")]
[Trait("Clock", "Real")]
public sealed class MillionTracesTests(ITestOutputHelper output)
{
    private const int Traces = 1_000_000;
    private const int First = 10_000;
    private const int StepsOfATrace = 10;

    // Below the length of the queue, so that no trace is dropped.
    private const int Burst = 1_000;

    // Retaining a tenth of a byte per step would exceed this.
    private const long AllowedGrowth = 1024 * 1024;

    // Measured after the first hundred thousand traces. Tiered compilation takes 6 MB until then.
    private const long AllowedProcessGrowth = 4 * 1024 * 1024;

    [Fact(Explicit = true)]
    public async Task A_million_traces_cause_no_growth_and_their_cost_is_constant()
    {
        await using var server = new FaultServer();
        server.Fault = static async (context, _) =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            return await FaultServer.AnswerAsync(context, 200);
        };
        await server.StartAsync();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = true;
            options.BaseUrl = server.Address;
            options.ApiKey = "test-key";
            options.InferencePipelineId = "pipe-1";
        });
        await using var container = builder.Build();
        var tracer = container.Resolve<OpenlayerTracer>();

        await CompleteAsync(tracer, First);
        var heapBefore = Memory().Heap;
        var workingSetBefore = 0L;
        var costs = new List<double>();
        for (var part = 0; part < 10; part++)
        {
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            await CompleteAsync(tracer, Traces / 10);
            costs.Add((GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)(Traces / 10 * StepsOfATrace));
            if (part == 0)
            {
                workingSetBefore = Memory().WorkingSet;
            }
        }

        var (heap, workingSet) = Memory();
        var meter = tracer.Sink.Openlayer!.Meter;
        output.WriteLine(
            $"{meter.Sent.Count:N0} traces sent. On the heap {heapBefore:N0} bytes after {First:N0} of them, {heap:N0} at the end; "
            + $"in the working set {workingSetBefore:N0} after {First + (Traces / 10):N0}, {workingSet:N0} at the end. "
            + $"Allocated a step, server included: {costs.Min():F0} to {costs.Max():F0} bytes.");
        Assert.Equal(Traces + First, meter.Sent.Count);
        Assert.InRange(heap, 0, heapBefore + AllowedGrowth);
        Assert.InRange(workingSet, 0, workingSetBefore + AllowedProcessGrowth);
        Assert.InRange(costs.Max(), costs.Min(), costs.Min() * 1.05);
    }

    private static async Task CompleteAsync(OpenlayerTracer tracer, int traces)
    {
        for (var completed = 0; completed < traces; completed += Burst)
        {
            for (var trace = 0; trace < Burst; trace++)
            {
                using var root = tracer.StartStep("root");
                for (var step = 1; step < StepsOfATrace; step++)
                {
                    using var scope = tracer.StartStep("step");
                    scope.Step.Output = "an answer";
                }
            }

            await tracer.FlushAsync(TestContext.Current.CancellationToken);
        }
    }

    private static (long Heap, long WorkingSet) Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var heap = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return (heap.HeapSizeBytes - heap.FragmentedBytes, Environment.WorkingSet);
    }
}
