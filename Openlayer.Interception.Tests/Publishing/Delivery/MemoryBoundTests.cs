using Openlayer.Interception.Tests.Transparency;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>Accepted traces are bounded by bytes, not only by number.</summary>
[Collection(nameof(UndisturbedTests))]
public sealed class MemoryBoundTests(ITestOutputHelper output)
{
    private const int LargeTrace = 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_that_are_faster_than_the_writer_or_the_server_do_not_fill_the_heap(bool isWrittenAhead)
    {
        var isReleased = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var run = await DeliveryRun.StartAsync(
            async (context, _) =>
            {
                await isReleased.Task.WaitAsync(context.RequestAborted);
                return true;
            },
            hasBuffer: isWrittenAhead,
            configure: options =>
            {
                options.MaxQueueBytes = 16 * 1024 * 1024;
                options.Capture.MaxStringLength = LargeTrace;
                options.Capture.MaxBytes = 2 * LargeTrace;
                options.OfflineBuffer.WriteAhead = isWrittenAhead;
                options.OfflineBuffer.MaxBytes = 64 * 1024 * 1024;
                options.Publishers.Clear();
            });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;

        for (var trace = 0; trace < 500; trace++)
        {
            using (var scope = run.Tracer.StartStep("large"))
            {
                scope.Step.Output = new string((char)('a' + (trace % 26)), LargeTrace);
            }

            run.Complete(1);
            if (trace % 50 == 49)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        isReleased.SetResult();
        await run.FlushAsync();

        output.WriteLine($"At most {peak / (1024 * 1024)} MiB.");

        // Unbounded, the rows alone take 500 MiB. The writer's and the transport's buffers come on top of the 16 MiB.
        Assert.InRange(peak, 0, 250 * 1024 * 1024);
        var meter = run.Application.Meter;
        Assert.Equal(1_000, meter.Completed.Count);
    }
}
