namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class BatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_wait_for_others_for_the_batch_delay_and_travel_in_one_request()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromSeconds(1), server);

        var before = app.Time.GetUtcNow();
        app.Trace("1");
        app.Trace("2");
        await app.WaitForQueueAsync(2);
        await TracedApplication.UntilAsync(() => app.Time.HasTimerDueBetween(before + TimeSpan.FromSeconds(1), before + TimeSpan.FromSeconds(1.01)));
        app.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, server.Count);
        await app.AdvanceUntilAsync(() => server.Count == 1);

        Assert.Equal(["1", "2"], NamesOf(await server.NextAsync()));
        Assert.InRange(server.Times[0] - before, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.01));
    }

    [Fact]
    public async Task A_batch_that_is_full_is_sent_at_once_and_a_flush_sends_the_rest()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.MaxBatchLength = 3;
            },
            server);

        for (var trace = 1; trace <= 4; trace++)
        {
            app.Trace($"{trace}");
        }

        Assert.Equal(["1", "2", "3"], NamesOf(await server.NextAsync()));
        await app.Tracer.FlushAsync(Token);
        Assert.Equal(["4"], NamesOf(await server.NextAsync()));
    }

    [Fact]
    public async Task A_batch_holds_no_more_bytes_than_its_limit_and_a_larger_row_travels_alone()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.MaxBatchBytes = 4_000;
            },
            server);

        foreach (var length in new[] { 1_500, 1_500, 1_500, 9_000, 10 })
        {
            using var scope = app.Tracer.StartStep($"{length}");
            scope.Step.Output = new string('x', length);
        }

        await app.Tracer.FlushAsync(Token);
        var requests = await server.TakeAllAsync();

        Assert.All(requests, static request => Assert.True(request.Body.Length < 5_000 || NamesOf(request).Length == 1));
        Assert.Equal(["1500", "1500", "1500", "9000", "10"], requests.SelectMany(NamesOf));
    }

    [Fact]
    public async Task Rows_of_different_configs_travel_apart()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromDays(1), server);

        foreach (var input in new[] { "question", "text", "question" })
        {
            using var scope = app.Tracer.StartStep(input);
            scope.Step.Inputs[input] = "value";
        }

        await app.Tracer.FlushAsync(Token);
        var requests = await server.TakeAllAsync();

        Assert.Equal([["question", "question"], ["text"]], requests.Select(NamesOf));
        Assert.Equal("text", requests[1].Json.GetProperty("config").GetProperty("inputVariableNames")[0].GetString());
    }

    [Fact]
    public async Task Of_500_rows_one_that_is_refused_is_found_and_the_others_arrive()
    {
        var failures = new List<FlushFailure>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static request => Task.FromResult(NamesOf(request).Contains("bad") ? 422 : 200);
        await using var app = new TracedApplication(
            options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.OnFlushFailure = failures.Add;
            },
            server);

        for (var trace = 0; trace < 500; trace++)
        {
            app.Trace(trace == 250 ? "bad" : "good");
        }

        await app.Tracer.FlushAsync(Token);

        var failure = Assert.Single(failures);
        Assert.Equal("bad", failure.Row.GetProperty("steps")[0].GetProperty("name").GetString());
        Assert.Equal("output", failure.Config.GetProperty("outputColumnName").GetString());
        Assert.Equal(422, (int?)Assert.IsType<HttpRequestException>(failure.Exception).StatusCode);
        Assert.Equal((499, 1), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        Assert.InRange(server.Count, 5, 30);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public async Task What_is_too_large_or_not_understood_is_split_and_a_row_at_fault_is_not_tried_again(int status)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = request => Task.FromResult(NamesOf(request).Length > 1 || NamesOf(request)[0] == "bad" ? status : 200);
        await using var app = new TracedApplication(
            static options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.OfflineBuffer.Enabled = false;
                options.MaxTries = 6;
            },
            server);

        foreach (var name in new[] { "a", "bad", "b", "c" })
        {
            app.Trace(name);
        }

        await app.Tracer.FlushAsync(Token);

        Assert.Equal((3, 1), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        Assert.Equal(7, server.Count);
    }

    private static string[] NamesOf(ReceivedRequest request) =>
        [.. request.Json.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("steps")[0].GetProperty("name").GetString()!)];
}
