using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Openlayer.Interception.Tests.Publishing.Feedback;

public sealed class FeedbackTests
{
    private const string Pipeline = "/inference-pipelines/pipe-1";

    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ground_truth_and_human_feedback_are_sent_as_the_Python_SDK_sends_them()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        var outcome = await app.Tracer.SendFeedbackAsync("my-id", new RowFeedback { GroundTruth = "Paris", HumanFeedback = 1 }, Token);

        Assert.Equal(FeedbackOutcome.Sent, outcome);

        // The recording's caller chose the name ground_truth. The rows of both libraries have groundTruth.
        AssertRecorded("rows-update-feedback", static body => body.Replace("\"ground_truth\"", "\"groundTruth\"", StringComparison.Ordinal), await server.NextAsync());
    }

    [Fact]
    public async Task Other_columns_need_no_config_and_an_id_can_have_any_characters()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        await app.Tracer.SendFeedbackAsync("my id/1", new RowFeedback { Columns = { ["a"] = 1 } }, Token);

        AssertRecorded("rows-update-no-config", static body => body, await server.NextAsync());
    }

    [Fact]
    public async Task The_query_of_the_base_address_stays()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(options => options.BaseUrl = new Uri($"{server.Address}/v1/?tenant=a"), server);

        await app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);

        Assert.Equal($"/v1{Pipeline}/rows?tenant=a&inferenceId=my-id", (await server.NextAsync()).Target);
    }

    [Fact]
    public async Task A_column_without_a_value_is_emptied_and_a_set_property_wins_over_a_column_of_its_name()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        await app.Tracer.SendFeedbackAsync(
            "my-id", new RowFeedback { GroundTruth = "Paris", Columns = { ["groundTruth"] = "Rome", ["comment"] = null } }, Token);

        Assert.Equal("""{"groundTruth":"Paris","comment":null}""", (await server.NextAsync()).Json.GetProperty("row").GetRawText());
    }

    [Fact]
    public async Task Values_are_redacted_and_captured_when_the_feedback_is_given()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(null, server);
        var tags = new List<string> { "clear" };

        app.Trace("first in the queue");
        await server.NextAsync();
        var sending = app.Tracer.SendFeedbackAsync("my-id", new RowFeedback { HumanFeedback = tags, Columns = { ["password"] = "hunter2" } }, Token);
        tags.Add("too late");
        held.SetResult(200);
        await sending;

        Assert.Equal("""{"password":"[redacted]","human_feedback":["clear"]}""", (await server.NextAsync()).Json.GetProperty("row").GetRawText());
    }

    [Fact]
    public async Task Feedback_does_not_overtake_its_row_that_still_waits_to_be_sent()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => server.Count == 1 ? held.Task : Task.FromResult(200);
        await using var app = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromSeconds(1), server);

        app.Trace("first in the queue");
        await app.AdvanceUntilAsync(() => server.Count == 1);
        var id = Complete(app);
        var sending = app.Tracer.SendFeedbackAsync(id, Rating(5), Token);
        var other = app.Tracer.SendFeedbackAsync("other", Rating(4), Token);
        held.SetResult(200);
        await other;
        Assert.False(sending.IsCompleted);
        await app.AdvanceUntilAsync(sending);

        // The feedback for another row waits for nothing.
        Assert.Equal(
            [$"POST {Pipeline}/data-stream", $"PUT {Pipeline}/rows?inferenceId=other", $"POST {Pipeline}/data-stream", $"PUT {Pipeline}/rows?inferenceId={id}"],
            (await server.TakeAllAsync()).Select(static request => $"{request.Method} {request.Target}"));
    }

    [Fact]
    public async Task Feedback_does_not_overtake_its_row_that_is_in_a_request_which_fails()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => server.Count == 1 ? held.Task : Task.FromResult(200);
        await using var app = new TracedApplication(static options => options.MaxTries = 3, server);

        var id = Complete(app);
        await app.AdvanceUntilAsync(() => server.Count == 1);
        var sending = app.Tracer.SendFeedbackAsync(id, Rating(5), Token);
        held.SetResult(503);
        await app.AdvanceUntilAsync(sending);

        Assert.Equal(["POST", "POST", "PUT"], (await server.TakeAllAsync()).Select(static request => request.Method));
    }

    [Fact]
    public async Task Feedback_for_one_row_arrives_in_the_order_in_which_it_was_given()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count == 1 ? 503 : 200);
        await using var app = new TracedApplication(static options => options.MaxTries = 3, server);

        var sending = Task.WhenAll(Enumerable.Range(0, 5).Select(rating => app.Tracer.SendFeedbackAsync("my-id", Rating(rating), Token)).ToArray());
        await app.AdvanceUntilAsync(sending);

        Assert.Equal([0, 0, 1, 2, 3, 4], (await server.TakeAllAsync()).Select(static request => request.Json.GetProperty("row").GetProperty("human_feedback").GetInt32()));
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task What_may_succeed_later_is_tried_again_with_back_off(int status)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count < 3 ? status : 200);
        await using var app = new TracedApplication(static options => options.MaxTries = 3, server);

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);
        await app.AdvanceUntilAsync(sending);

        Assert.Equal((FeedbackOutcome.Sent, 3), (await sending, server.Count));
        Assert.InRange(server.Times[1] - server.Times[0], TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
        Assert.InRange(server.Times[2] - server.Times[1], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_pause_does_not_hold_up_feedback_that_somebody_waits_for()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count < 5 ? 503 : 200);
        await using var app = new TracedApplication(
            static options => (options.MaxTries, options.CircuitBreakDuration) = (6, TimeSpan.FromHours(1)), server);

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);
        await app.AdvanceUntilAsync(sending);

        Assert.Equal((FeedbackOutcome.Sent, 5), (await sending, server.Count));
        Assert.InRange(server.Times[^1] - server.Times[0], TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_id_that_the_server_does_not_know_is_an_error_that_says_what_to_check()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static request => Task.FromResult(request.Method == "PUT" ? 404 : 200);
        var failures = new List<FlushFailure>();
        await using var app = new TracedApplication(options => (options.MaxTries, options.OnFlushFailure) = (6, failures.Add), server);

        var sending = app.Tracer.SendFeedbackAsync("unknown", Rating(1), Token);
        await app.AdvanceUntilAsync(() => sending.IsCompleted);
        var failure = await Assert.ThrowsAsync<FeedbackException>(() => sending);

        Assert.Equal("unknown", failure.InferenceId);
        Assert.Equal(
            "The feedback for the row 'unknown' was not sent. Openlayer has no such row in the pipeline (status 404). Check that the id is the InferenceId of a trace that was sampled and sent, and that the pipeline is the trace's: OpenlayerOptions.InferencePipelineId or RowFeedback.InferencePipelineId.",
            failure.Message);
        Assert.Equal(HttpStatusCode.NotFound, Assert.IsType<HttpRequestException>(failure.InnerException).StatusCode);

        // It is not the options' fault: rows go on, nothing is logged, and the callback gets it as it gets rows.
        app.Trace("row");
        await app.Tracer.FlushAsync(Token);
        Assert.Equal((3 + 1, 1, 1), (server.Count, app.Meter.Sent.Count, app.Meter.Failed.Count));
        Assert.Empty(app.Log.Messages);
        var reported = Assert.Single(failures);
        Assert.Equal(("unknown", """{"human_feedback":1}"""), (reported.FeedbackFor, reported.Row.GetRawText()));
    }

    [Fact]
    public async Task A_row_that_the_server_knows_only_a_moment_after_it_acknowledged_it_gets_its_feedback()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count is 2 or 3 ? 404 : 200);
        await using var app = new TracedApplication(static options => options.MaxTries = 6, server);

        var sending = app.Tracer.SendFeedbackAsync(Complete(app), Rating(1), Token);
        await app.AdvanceUntilAsync(sending);

        Assert.Equal((FeedbackOutcome.Sent, 4), (await sending, server.Count));
    }

    [Theory]
    [InlineData(400, "refused it (status 400)")]
    [InlineData(422, "refused it (status 422)")]
    public async Task Feedback_that_is_refused_is_an_error_at_once(int status, string expected)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(status);
        await using var app = new TracedApplication(static options => options.MaxTries = 6, server);

        var failure = await Assert.ThrowsAsync<FeedbackException>(() => app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task An_answer_that_says_that_it_did_not_succeed_is_an_error()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.AnswerBody = """{"success": false}""";
        await using var app = new TracedApplication(null, server);

        await Assert.ThrowsAsync<FeedbackException>(() => app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token));

        server.AnswerBody = """{"success": true}""";
        Assert.Equal(FeedbackOutcome.Sent, await app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token));
    }

    [Theory]
    [InlineData(401, "OpenlayerOptions.ApiKey or OPENLAYER_API_KEY")]
    [InlineData(503, "OpenlayerOptions.OfflineBuffer")]
    public async Task When_the_tries_are_used_up_the_error_names_the_option(int status, string expected)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(status);
        await using var app = new TracedApplication(static options => options.MaxTries = 3, server);

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);
        await app.AdvanceUntilAsync(() => sending.IsCompleted);

        Assert.Contains(expected, (await Assert.ThrowsAsync<FeedbackException>(() => sending)).Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Count);
    }

    [Fact]
    public async Task Feedback_goes_to_the_pipeline_that_the_trace_named()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        await app.Tracer.SendFeedbackAsync("my-id", new RowFeedback { HumanFeedback = 1, InferencePipelineId = " tenant-7 " }, Token);

        Assert.Equal("/inference-pipelines/tenant-7/rows?inferenceId=my-id", (await server.NextAsync()).Target);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "test-key")]
    [InlineData(false, "test-key")]
    public async Task Where_rows_are_not_sent_feedback_is_not_either(bool sends, string? key)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            options => (options.SendToOpenlayer, options.ApiKey, options.InferencePipelineId) = (sends, key, sends ? null : "pipe-1"), server);

        Assert.Equal(FeedbackOutcome.NotSent, await app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token));

        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task Feedback_without_an_id_or_a_value_or_with_a_wrong_pipeline_is_an_argument_error()
    {
        await using var app = new TracedApplication();

        Assert.Throws<ArgumentException>("inferenceId", () => { _ = app.Tracer.SendFeedbackAsync(" ", Rating(1), Token); });
        Assert.Throws<ArgumentNullException>("feedback", () => { _ = app.Tracer.SendFeedbackAsync("my-id", null!, Token); });
        Assert.Throws<ArgumentException>("feedback", () => { _ = app.Tracer.SendFeedbackAsync("my-id", new RowFeedback(), Token); });
        Assert.Throws<ArgumentException>(
            "feedback", () => { _ = app.Tracer.SendFeedbackAsync("my-id", new RowFeedback { HumanFeedback = 1, InferencePipelineId = "../other" }, Token); });
    }

    [Fact]
    public async Task Feedback_for_a_trace_that_is_still_open_is_an_error_that_says_what_to_do()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);
        using var scope = app.Tracer.StartStep("request");

        var failure = await Assert.ThrowsAsync<FeedbackException>(() =>
            app.Tracer.SendFeedbackAsync(app.Tracer.CurrentTrace!.InferenceId, Rating(1), Token));

        Assert.Contains("still open", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task A_flush_waits_for_feedback_and_cancelling_the_wait_does_not_cancel_the_sending()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(null, server);
        using var impatience = new CancellationTokenSource();

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), impatience.Token);
        await server.NextAsync();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        var flush = app.Tracer.FlushAsync(Token);
        Assert.False(flush.IsCompleted);
        held.SetResult(200);
        await flush;

        Assert.Equal((1, 1, 1), (app.Meter.Completed.Count, app.Meter.Sent.Count, server.Count));
    }

    [Fact]
    public async Task The_end_of_the_tracer_sends_feedback_and_then_takes_no_more()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count == 1 ? 503 : 200);
        await using var app = new TracedApplication(static options => (options.MaxTries, options.ShutdownTimeout) = (6, TimeSpan.FromHours(4)), server);

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);
        await app.AdvanceUntilAsync(app.Tracer.DisposeAsync().AsTask());

        Assert.Equal(FeedbackOutcome.Sent, await sending);
        var late = await Assert.ThrowsAsync<FeedbackException>(() => app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token));
        Assert.Contains("disposed", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_that_the_shutdown_has_no_time_for_is_an_error_within_the_budget()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => new TaskCompletionSource<int>().Task;
        await using var app = new TracedApplication(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(3), server);

        var sending = app.Tracer.SendFeedbackAsync("my-id", Rating(1), Token);
        await server.NextAsync();
        var began = app.Time.GetUtcNow();
        await app.AdvanceUntilAsync(app.Tracer.DisposeAsync().AsTask());

        Assert.InRange(app.Time.GetUtcNow() - began, TimeSpan.Zero, TimeSpan.FromSeconds(3.1));
        await Assert.ThrowsAsync<FeedbackException>(() => sending.WaitAsync(HungAfter, Token));
        Assert.Equal((1, 1), (app.Meter.Completed.Count, app.Meter.Failed.Count));
    }

    [Fact]
    public async Task Feedback_that_there_is_no_room_for_is_an_error_and_counted()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => server.Count == 1 ? held.Task : Task.FromResult(200);
        await using var app = new TracedApplication(static options => options.MaxQueueLength = 1, server);

        app.Trace("in a request");
        await server.NextAsync();
        var first = app.Tracer.SendFeedbackAsync("first", Rating(1), Token);
        await Assert.ThrowsAsync<FeedbackException>(() => first.WaitAsync(HungAfter, Token));
        held.SetResult(200);
        await app.Tracer.FlushAsync(Token);

        Assert.Equal((2, 1, 1), (app.Meter.Completed.Count, app.Meter.Sent.Count, app.Meter.Dropped.Count));
    }

    internal static RowFeedback Rating(int rating) => new() { HumanFeedback = rating };

    /// <summary>Completes a trace. Returns the id of its row.</summary>
    internal static string Complete(TracedApplication app)
    {
        using var scope = app.Tracer.StartStep("trace");
        return app.Tracer.CurrentTrace!.InferenceId;
    }

    private static void AssertRecorded(string name, Func<string, string> adapt, ReceivedRequest request)
    {
        var recorded = JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Publishing", "Feedback", "Recorded", $"{name}.json")))
            .GetProperty("requests")[0];
        Assert.Equal(recorded.GetProperty("method").GetString(), request.Method);
        var (path, query) = request.Target.Split('?') is [var before, var after] ? (before, after) : (request.Target, "");
        Assert.Equal(recorded.GetProperty("path").GetString(), $"/v1{path}");
        Assert.Equal(recorded.GetProperty("query").GetProperty("inferenceId")[0].GetString(), QueryHelpers.ParseQuery(query)["inferenceId"]);
        Assert.Equal(recorded.GetProperty("headers").GetProperty("authorization").GetString(), request.Headers.Authorization);
        Assert.Equal(recorded.GetProperty("headers").GetProperty("content-type").GetString(), request.Headers.ContentType);
        Assert.Equal(
            JsonElement.Parse(adapt(JsonSerializer.Serialize(recorded.GetProperty("body")))).GetRawText(),
            request.Json.GetRawText());
    }
}
