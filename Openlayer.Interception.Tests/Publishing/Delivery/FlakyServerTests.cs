using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>A server that fails some requests, or all for a while, costs time and no trace.</summary>
public sealed class FlakyServerTests
{
    [Theory]
    [InlineData(1, 2, false)]
    [InlineData(2, 3, false)]
    [InlineData(3, 4, false)]
    [InlineData(1, 2, true)]
    [InlineData(3, 4, true)]
    public async Task All_traces_arrive_when_most_requests_fail(int failing, int of, bool hasBuffer)
    {
        await using var run = await DeliveryRun.StartAsync(DeliveryRun.Answers(503, number => number % of < failing), hasBuffer);

        run.Complete(500);
        await run.FlushAsync();
        await run.EndAsync();

        run.AssertAllArrived(500);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task A_flush_never_makes_a_rows_chances_worse(bool isFlushed, bool isRefused)
    {
        await using var run = await DeliveryRun.StartAsync();
        var up = run.Now.AddSeconds(7);
        run.Server.Fault = (context, _) =>
        {
            if (run.Now >= up)
            {
                return Task.FromResult(true);
            }

            if (isRefused)
            {
                context.Abort();
                return Task.FromResult(false);
            }

            return FaultServer.AnswerAsync(context, 503);
        };

        run.Complete(10);
        if (isFlushed)
        {
            await run.FlushAsync();
        }

        await run.Application.AdvanceUntilAsync(() => run.Application.Meter.Sent.Count + run.Failures.Count == 10);
        run.AssertAllArrived(10);
    }

    [Fact]
    public async Task Connections_that_the_server_closes_between_requests_cost_no_trace()
    {
        await using var run = await DeliveryRun.StartAsync(static (context, number) =>
        {
            if (number % 2 == 1)
            {
                return Task.FromResult(true);
            }

            context.Abort();
            return Task.FromResult(false);
        });

        for (var round = 0; round < 10; round++)
        {
            run.Complete(50);
            await run.FlushAsync();
        }

        run.AssertAllArrived(500);
    }

    [Fact]
    public async Task A_shutdown_keeps_trying_for_as_long_as_its_timeout_allows()
    {
        await using var run = await DeliveryRun.StartAsync(DeliveryRun.Answers(503, static number => number % 4 != 0));

        run.Complete(500);
        await run.EndAsync();

        run.AssertAllArrived(500);
    }
}
