using System.Globalization;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class RetryTests
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(408)]
    [InlineData(409)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_may_succeed_later_is_tried_again_after_half_a_second_at_least(int status)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count == 1 ? status : 200);
        await using var app = new TracedApplication(static options => options.MaxTries = 2, server);

        app.Trace("trace");
        var flush = app.Tracer.FlushAsync(Token);
        await app.AdvanceUntilAsync(flush);

        Assert.Equal(2, server.Count);
        Assert.Equal(1, app.Meter.Sent.Count);
        Assert.InRange(server.Times[1] - server.Times[0], TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
        Assert.Empty(app.Log.Messages);
    }

    [Fact]
    public async Task Waits_grow_to_8_seconds_and_the_tries_end()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(409);
        await using var app = new TracedApplication(static options => options.MaxTries = 7, server);

        app.Trace("trace");
        await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Token));

        var waits = server.Times.Zip(server.Times.Skip(1), static (earlier, later) => later - earlier).ToArray();
        Assert.Equal(6, waits.Length);
        for (var index = 0; index < waits.Length; index++)
        {
            var shortest = Math.Min(0.5 * Math.Pow(2, index), 4);
            Assert.InRange(waits[index], TimeSpan.FromSeconds(shortest), TimeSpan.FromSeconds(shortest * 2));
        }

        Assert.Equal(1, app.Meter.Failed.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retry_After_is_kept_to_in_both_of_its_forms(bool asDate)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.MaxTries = 2, server);
        server.Answer = _ =>
        {
            server.AnswerHeaders["Retry-After"] = asDate ? app.Time.GetUtcNow().AddSeconds(20).ToString("r", CultureInfo.InvariantCulture) : "20";
            return Task.FromResult(server.Count == 1 ? 429 : 200);
        };

        app.Trace("trace");
        await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Token));

        Assert.Equal(1, app.Meter.Sent.Count);

        // A date has whole seconds.
        Assert.InRange(server.Times[1] - server.Times[0], TimeSpan.FromSeconds(asDate ? 19 : 20), TimeSpan.FromSeconds(20.001));
    }

    [Fact]
    public async Task A_Retry_After_of_days_is_kept_to_for_an_hour_and_costs_no_row()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.MaxTries = 2, server);
        server.Answer = _ => Task.FromResult(server.Count == 1 ? 503 : 200);
        server.AnswerHeaders["Retry-After"] = "2000000000";

        app.Trace("trace");
        await app.AdvanceUntilAsync(() => app.Meter.Sent.Count == 1);

        Assert.InRange(server.Times[1] - server.Times[0], TimeSpan.FromHours(1), TimeSpan.FromHours(1.01));
    }

    [Fact]
    public async Task A_dead_server_is_left_alone_but_for_a_probe_and_nothing_is_lost_when_it_comes_back()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count <= 4 ? 500 : 200);
        await using var app = new TracedApplication(
            static options =>
            {
                options.MaxTries = 6;
                options.CircuitBreakDuration = TimeSpan.FromMinutes(10);
            },
            server);

        app.Trace("first");
        await app.AdvanceUntilAsync(() => server.Count == 3);
        app.Time.Advance(TimeSpan.FromSeconds(10));
        for (var trace = 0; trace < 50; trace++)
        {
            app.Trace("later");
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, server.Count);
        await app.AdvanceUntilAsync(() => app.Meter.Sent.Count == 51);
        Assert.InRange(server.Count, 5, 6);
    }

    [Theory]
    [InlineData(401, "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY")]
    [InlineData(403, "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY, which has no access to the pipeline")]
    [InlineData(404, "OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID")]
    public async Task A_wrong_option_is_named_once_and_sending_pauses_until_it_is_corrected(int status, string option)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count <= 2 ? status : 200);
        await using var app = new TracedApplication(server: server);

        for (var trace = 0; trace < 5; trace++)
        {
            app.Trace("trace");
        }

        await app.AdvanceUntilAsync(() => app.Meter.Sent.Count == 5);

        var message = Assert.Single(app.Log.Messages, static message => message.StartsWith("Error: ", StringComparison.Ordinal));
        Assert.Single(app.Log.Messages, static message => message.StartsWith("Warning: Sending to Openlayer works again", StringComparison.Ordinal));
        Assert.Contains(option, message, StringComparison.Ordinal);
        Assert.DoesNotContain("test-key", message, StringComparison.Ordinal);
        Assert.Equal(0, app.Meter.Failed.Count + app.Meter.Dropped.Count);
        Assert.InRange(server.Times[1] - server.Times[0], TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task A_page_with_status_200_is_no_acknowledgement()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.AnswerHeaders["Content-Type"] = "text/html; charset=utf-8";
        await using var app = new TracedApplication(server: server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);

        Assert.Equal((0, 1), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        Assert.Contains("OpenlayerOptions.BaseUrl", app.Log.Messages[0], StringComparison.Ordinal);
    }
}
