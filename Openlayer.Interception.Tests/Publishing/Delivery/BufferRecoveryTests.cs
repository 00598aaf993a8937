using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>Rows that made room for others in the queue are sent when the server has room for them.</summary>
public sealed class BufferRecoveryTests
{
    [Fact]
    public async Task Everything_that_was_buffered_while_the_server_was_down_arrives_soon_after_it_is_back()
    {
        await using var run = await DeliveryRun.StartAsync(
            hasBuffer: true,
            configure: static options =>
            {
                options.MaxQueueLength = 5;
                options.BatchDelay = TimeSpan.Zero;
            });
        var up = run.Now.AddSeconds(4.6);
        run.Server.Fault = (context, _) => run.Now >= up ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 503);

        for (var trace = 0; trace < 30; trace++)
        {
            run.Complete(1);
            run.Application.Time.Advance(TimeSpan.FromSeconds(0.15));
            await Task.Yield();
        }

        await run.Application.AdvanceUntilAsync(() => run.Server.Acknowledged.Count == 30);
        Assert.InRange(run.Now - up, TimeSpan.Zero, TimeSpan.FromSeconds(61));
        await TracedApplication.UntilAsync(() => run.Buffered.Length == 0);
        await run.EndAsync();
        run.AssertAllArrived(30);
    }

    [Fact]
    [Trait("Clock", "Real")]
    public async Task Everything_that_was_buffered_while_the_server_was_slow_arrives_while_the_process_runs()
    {
        await using var run = await DeliveryRun.StartAsync(
            static async (context, _) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), context.RequestAborted);
                return true;
            },
            hasBuffer: true,
            configure: static options =>
            {
                options.MaxQueueLength = 5;
                options.MaxBatchLength = 2;
                options.BatchDelay = TimeSpan.Zero;
            });

        run.Complete(30);
        await run.Application.AdvanceUntilAsync(() => run.Server.Acknowledged.Count == 30);
        await TracedApplication.UntilAsync(() => run.Buffered.Length == 0);
        await run.EndAsync();
        run.AssertAllArrived(30);
    }
}
