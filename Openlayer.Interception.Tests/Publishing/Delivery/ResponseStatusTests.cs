using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>One unexpected response is not the end of the rows it answers.</summary>
public sealed class ResponseStatusTests
{
    public static TheoryData<int, bool> UnusualStatuses
    {
        get
        {
            var data = new TheoryData<int, bool>();
            foreach (var status in new[] { 400, 402, 405, 408, 409, 410, 413, 415, 418, 421, 422, 423, 425, 426, 431, 451, 499, 500, 501, 502, 504, 599 })
            {
                data.Add(status, false);
                data.Add(status, true);
            }

            return data;
        }
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(407)]
    public async Task All_traces_of_a_flush_arrive_after_one_response_that_blames_the_configuration(int status)
    {
        await using var run = await DeliveryRun.StartAsync(DeliveryRun.Answers(status, static number => number == 1));

        run.Complete(500);
        await run.FlushAsync();

        run.AssertAllArrived(500);
    }

    [Fact]
    public async Task All_traces_of_a_flush_arrive_after_one_page()
    {
        await using var run = await DeliveryRun.StartAsync(static async (context, number) =>
        {
            if (number > 1)
            {
                return true;
            }

            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<!doctype html><title>Log in</title>");
            return false;
        });

        run.Complete(500);
        await run.FlushAsync();

        run.AssertAllArrived(500);
    }

    [Theory]
    [MemberData(nameof(UnusualStatuses))]
    public async Task One_unusual_response_costs_no_row(int status, bool hasBuffer)
    {
        // A row that is refused alone is lost. The first request can have one row, if the flush begins before the others are written.
        var answers = 0;
        await using var run = await DeliveryRun.StartAsync(
            async (context, _) => await RowsAsync(context) < 2 || Interlocked.Increment(ref answers) > 1 || await FaultServer.AnswerAsync(context, status),
            hasBuffer);

        run.Complete(100);
        await run.FlushAsync();
        await run.Application.AdvanceUntilAsync(() => run.Application.Meter.Sent.Count + run.Failures.Count == 100);

        run.AssertAllArrived(100);
    }

    [Fact]
    public async Task A_few_batches_refused_whole_begin_a_pause()
    {
        await using var run = await DeliveryRun.StartAsync(
            DeliveryRun.Answers(400, static _ => true),
            configure: static options => options.MaxQueueLength = 10_000);
        var pause = run.Now.AddSeconds(20);

        run.Complete(5_000);
        await run.Application.AdvanceUntilAsync(() => run.Now >= pause || run.Failures.Count == 5_000);

        Assert.InRange(run.Server.Times.Count(time => time < pause), 1, 30);
    }

    [Fact]
    public async Task One_row_that_is_refused_does_not_take_its_batch_with_it()
    {
        await using var run = await DeliveryRun.StartAsync(static async (context, _) =>
        {
            context.Request.EnableBuffering();
            using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
            var isBad = (await reader.ReadToEndAsync()).Contains("\"bad\"", StringComparison.Ordinal);
            context.Request.Body.Position = 0;
            return !isBad || await FaultServer.AnswerAsync(context, 400);
        });

        run.Complete(60);
        run.Complete(1, "bad");
        run.Complete(39);
        await run.FlushAsync();
        var ledger = await run.EndAsync();

        ledger.AssertBalanced();
        Assert.Equal((99, 1), (ledger.Received, ledger.Reported));
    }

    private static async Task<int> RowsAsync(HttpContext context)
    {
        context.Request.EnableBuffering();
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        context.Request.Body.Position = 0;
        return request.RootElement.GetProperty("rows").GetArrayLength();
    }
}
