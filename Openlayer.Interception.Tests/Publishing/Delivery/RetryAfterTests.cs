using System.Globalization;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>The server's wish to be left alone is honoured, and never shortens the back-off.</summary>
public sealed class RetryAfterTests
{
    private static readonly TimeSpan ShortestBackoff = TimeSpan.FromSeconds(0.5);

    [Theory]
    [InlineData("0")]
    [InlineData("Mon, 06 May 2024 07:00:00 GMT")]
    [InlineData("-5")]
    [InlineData("soon")]
    public async Task A_Retry_After_that_asks_for_no_wait_costs_no_trace_and_the_back_off_stands(string retryAfter)
    {
        await using var run = await DeliveryRun.StartAsync(configure: static options => options.BatchDelay = TimeSpan.Zero);
        var up = run.Now.AddSeconds(3);
        run.Server.Fault = (context, _) =>
        {
            if (run.Now >= up)
            {
                return Task.FromResult(true);
            }

            context.Response.Headers.RetryAfter = retryAfter;
            return FaultServer.AnswerAsync(context, 429);
        };

        run.Complete(1);
        await TracedApplication.UntilAsync(() => run.Server.Requests >= 1);
        for (var tenth = 1; tenth < 60; tenth++)
        {
            run.Complete(1);
            run.Application.Time.Advance(TimeSpan.FromSeconds(0.1));
        }

        await run.Application.AdvanceUntilAsync(() => run.Application.Meter.Sent.Count + run.Failures.Count == 60);
        run.AssertAllArrived(60);
        var throttled = run.Server.Times.TakeWhile(time => time < up).Append(run.Server.Times.First(time => time >= up)).ToArray();
        Assert.All(throttled.Zip(throttled.Skip(1)), static pair => Assert.InRange(pair.Second - pair.First, ShortestBackoff, TimeSpan.MaxValue));
    }

    [Theory]
    [InlineData("Retry-After", "61", 61)]
    [InlineData("Retry-After", "date", 60)]
    [InlineData("retry-after-ms", "61500", 61.5)]
    public async Task A_flush_waits_as_long_as_the_server_asks_and_all_traces_arrive(string header, string value, double seconds)
    {
        await using var run = await DeliveryRun.StartAsync();
        run.Server.Fault = (context, number) =>
        {
            if (number > 1)
            {
                return Task.FromResult(true);
            }

            // A date has whole seconds, so that the wait may be up to one second shorter.
            context.Response.Headers[header] = value == "date" ? run.Now.AddSeconds(61).ToString("r", CultureInfo.InvariantCulture) : value;
            return FaultServer.AnswerAsync(context, 429);
        };

        run.Complete(500);
        await run.FlushAsync();

        run.AssertAllArrived(500);
        Assert.InRange(run.Server.Times[1] - run.Server.Times[0], TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds + 5));
    }

    [Fact]
    public async Task X_should_retry_makes_a_refusal_a_reason_to_try_again()
    {
        await using var run = await DeliveryRun.StartAsync(static (context, number) =>
        {
            context.Response.Headers["x-should-retry"] = "true";
            return number > 1 ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 422);
        });

        run.Complete(1);
        await run.FlushAsync();

        run.AssertAllArrived(1);
        Assert.InRange(run.Server.Times[1] - run.Server.Times[0], ShortestBackoff, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task X_should_retry_false_makes_a_failure_final()
    {
        await using var run = await DeliveryRun.StartAsync(static (context, _) =>
        {
            context.Response.Headers["x-should-retry"] = "false";
            return FaultServer.AnswerAsync(context, 503);
        });

        run.Complete(1);
        await run.FlushAsync();

        Assert.Single(run.Failures);
        Assert.Equal(1, run.Server.Requests);
    }
}
