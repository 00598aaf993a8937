using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>An outage is in the log when it begins and when it is over, and not in between.</summary>
public sealed class OutageLogTests
{
    [Fact]
    public async Task An_outage_under_traffic_is_one_warning_when_it_begins_and_one_message_when_it_is_over()
    {
        await using var run = await DeliveryRun.StartAsync();
        var up = run.Now.AddSeconds(33);

        // Not by the clock alone: it may be ahead of the requests on a busy machine.
        run.Server.Fault = (context, _) =>
            run.Now >= up && run.Log.Messages.Count > 0 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 503);

        for (var second = 0; second < 40; second++)
        {
            // The clock goes from timer to timer, so that requests arrive in between. The sender may have no timer for a while.
            run.Complete(5);
            var next = run.Now.AddSeconds(1);
            await using var tick = run.Application.Time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            await run.Application.AdvanceUntilAsync(() => run.Now >= next);
        }

        await run.Application.AdvanceUntilAsync(() => run.Application.Meter.Sent.Count + run.Failures.Count == 200);
        await run.EndAsync();

        run.AssertAllArrived(200);
        Assert.Equal(2, run.Log.Messages.Count);
        Assert.StartsWith("Warning: ", run.Log.Messages[0], StringComparison.Ordinal);
        Assert.Contains("503", run.Log.Messages[0], StringComparison.Ordinal);
        Assert.Matches("[0-9]+", run.Log.Messages[1]);
    }

    [Fact]
    public async Task A_request_that_fails_once_is_not_in_the_log()
    {
        await using var run = await DeliveryRun.StartAsync(DeliveryRun.Answers(503, static number => number == 1));

        run.Complete(10);
        await run.FlushAsync();
        await run.EndAsync();

        run.AssertAllArrived(10);
        Assert.Empty(run.Log.Messages);
    }

    [Fact]
    public async Task Rows_lost_to_one_status_are_one_line_at_the_first_and_then_a_count_at_most_once_a_minute()
    {
        await using var run = await DeliveryRun.StartAsync(
            static async (context, _) =>
            {
                context.Request.EnableBuffering();
                using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
                var isBad = (await reader.ReadToEndAsync()).Contains("\"bad\"", StringComparison.Ordinal);
                context.Request.Body.Position = 0;
                return !isBad || await FaultServer.AnswerAsync(context, 422);
            },
            configure: static options => options.MaxBatchLength = 1);

        for (var trace = 0; trace < 59; trace++)
        {
            run.Complete(1, "bad");
            run.Complete(1, "good");
        }

        await run.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Single(run.Log.Messages);

        run.Application.Time.Advance(TimeSpan.FromMinutes(1));
        run.Complete(1, "bad");
        await run.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        await run.EndAsync();

        Assert.Equal(60, run.Failures.Count);
        Assert.Equal(2, run.Log.Messages.Count);
        Assert.All(run.Log.Messages, static message => Assert.Contains("422", message, StringComparison.Ordinal));
        Assert.Matches("(58|59|60)", run.Log.Messages[1]);
        Assert.All(run.Log.Messages, static message => Assert.DoesNotContain("kept", message, StringComparison.Ordinal));
    }
}
