
namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>The failure callback cannot stop delivery, whatever it does.</summary>
public sealed class FailureCallbackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_callback_that_blocks_does_not_stop_delivery()
    {
        using var release = new ManualResetEventSlim();
        await using var run = await DeliveryRun.StartAsync(
            DeliveryRun.Answers(422, static number => number == 1),
            configure: options => options.OnFlushFailure = _ => release.Wait());
        try
        {
            run.Complete(1);
            await run.FlushAsync();
            run.Complete(10);
            await run.FlushAsync();

            Assert.Equal(10, run.Server.Acknowledged.Count);
            await run.Application.AdvanceUntilAsync(run.Tracer.DisposeAsync().AsTask());
            Assert.Equal((11, 10, 1), (run.Application.Meter.Completed.Count, run.Application.Meter.Sent.Count, run.Application.Meter.Failed.Count));
        }
        finally
        {
            release.Set();
        }
    }

    [Theory]
    [InlineData("flushes")]
    [InlineData("disposes")]
    [InlineData("disposes asynchronously")]
    [InlineData("completes a trace")]
    [InlineData("throws")]
    public async Task A_callback_that_calls_back_into_the_tracer_does_not_wait_for_itself(string what)
    {
        DeliveryRun? run = null;
        var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var running = run = await DeliveryRun.StartAsync(
            DeliveryRun.Answers(422, static number => number == 1),
            configure: options => options.OnFlushFailure = _ =>
            {
                switch (what)
                {
                    case "flushes":
                        run!.Tracer.FlushAsync().GetAwaiter().GetResult();
                        break;
                    case "disposes":
                        run!.Tracer.Dispose();
                        break;
                    case "disposes asynchronously":
                        run!.Tracer.DisposeAsync().AsTask().GetAwaiter().GetResult();
                        break;
                    case "completes a trace":
                        run!.Complete(1);
                        break;
                    default:
                        returned.SetResult();
                        throw new InvalidOperationException("a prompt");
                }

                returned.SetResult();
            });

        run.Complete(1);
        await run.Tracer.FlushAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        await returned.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        run.Complete(10);
        await run.FlushAsync();
        await run.Application.AdvanceUntilAsync(run.Tracer.DisposeAsync().AsTask());

        var meter = run.Application.Meter;
        Assert.Equal(meter.Completed.Count, meter.Sent.Count + meter.Failed.Count + meter.Dropped.Count);
        Assert.Equal(1, meter.Failed.Count);
        Assert.Equal(meter.Sent.Count, run.Server.Acknowledged.Count);
    }
}
