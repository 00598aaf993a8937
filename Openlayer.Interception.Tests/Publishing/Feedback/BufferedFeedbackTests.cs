using System.Text.Json;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing.Feedback;

public sealed class BufferedFeedbackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Files => Directory.Exists(_folder.Path) ? [.. Directory.GetFiles(_folder.Path, "feedback_*.json").Order(StringComparer.Ordinal)] : [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task In_an_outage_feedback_is_buffered_and_sent_when_sending_works_again()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, "my-id");

        // Other SDKs send every trace_*.json of their pipeline as a row.
        Assert.Empty(_folder.Rows);
        var file = JsonElement.Parse(await File.ReadAllTextAsync(Assert.Single(Files), Token));
        Assert.Equal(("my-id", "pipe-1"), (file.GetProperty("inference_id").GetString(), file.GetProperty("inference_pipeline_id").GetString()));
        Assert.Equal(server.Address.TrimEnd('/'), file.GetProperty("metadata").GetProperty("host").GetString());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Files[0]));
        }

        var tried = server.Count;
        await using var next = BufferedRows.Application(_folder.Path, server);
        await TracedApplication.UntilAsync(() => next.Meter.Replayed.Count == 1);

        var replayed = (await server.TakeAllAsync())[tried..];
        Assert.Equal("PUT /inference-pipelines/pipe-1/rows?inferenceId=my-id", $"{Assert.Single(replayed).Method} {replayed[0].Target}");
        Assert.Equal("""{"row":{"human_feedback":1},"config":{"humanFeedbackColumnName":"human_feedback","inferenceIdColumnName":"inferenceId"}}""", replayed[0].Json.GetRawText());
        Assert.Empty(Files);
    }

    [Fact]
    public async Task Feedback_whose_row_is_in_the_buffer_follows_it_there_and_is_sent_after_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var isDown = true;
        server.Answer = _ => Task.FromResult(Volatile.Read(ref isDown) ? 503 : 200);
        string id;
        await using (var app = BufferedRows.Application(_folder.Path, server, static options => options.CircuitBreakDuration = TimeSpan.FromHours(1)))
        {
            id = FeedbackTests.Complete(app);
            await TracedApplication.UntilAsync(() => app.Meter.Buffered.Count == 1);
            Volatile.Write(ref isDown, false);
            Assert.Equal(FeedbackOutcome.Buffered, await app.Tracer.SendFeedbackAsync(id, FeedbackTests.Rating(1), Token));
        }

        var tried = server.Count;
        await using var next = BufferedRows.Application(_folder.Path, server);
        await TracedApplication.UntilAsync(() => server.Count - tried == 2 && Files.Length == 0);

        Assert.Equal(
            ["POST /inference-pipelines/pipe-1/data-stream", $"PUT /inference-pipelines/pipe-1/rows?inferenceId={id}"],
            (await server.TakeAllAsync())[tried..].Select(static request => $"{request.Method} {request.Target}"));
    }

    [Fact]
    public async Task In_a_replay_feedback_waits_for_its_row_that_fails_again()
    {
        await using var server = await OpenlayerServer.StartAsync();
        BufferedRows.Plant(_folder.Path, "trace_1_1_a.json", BufferedRows.Own("pipe-1", server.Address.TrimEnd('/'), "row-1"));
        BufferedRows.Plant(_folder.Path, "feedback_2_1_b.json", Update("row-1", server));
        BufferedRows.Plant(_folder.Path, "feedback_3_1_c.json", Update("row-2", server));
        server.Answer = request => Task.FromResult(request.Method == "POST" && server.Count < 4 ? 503 : 200);

        await using var app = BufferedRows.Application(_folder.Path, server, static options => options.MaxTries = 6);
        await app.AdvanceUntilAsync(() => app.Meter.Replayed.Count == 3);

        var targets = (await server.TakeAllAsync()).ConvertAll(static request => $"{request.Method} {request.Target[^5..]}");
        Assert.Equal(1, targets.Count(static target => target == "PUT row-1"));
        Assert.True(targets.LastIndexOf("POST tream") < targets.IndexOf("PUT row-1"), string.Join(", ", targets));
    }

    [Theory]
    [InlineData("pipe-2", "test-key", false)]
    [InlineData("pipe-1", "old-key", false)]
    [InlineData("pipe-1", "test-key", true)]
    public async Task Feedback_goes_only_to_the_host_and_the_pipeline_and_with_the_key_that_it_was_meant_for(string pipelineId, string key, bool hasOtherHost)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var otherHost = await OpenlayerServer.StartAsync();
        await BufferAsync(hasOtherHost ? otherHost : server, "my-id", options => (options.InferencePipelineId, options.ApiKey) = (pipelineId, key));
        var file = Assert.Single(Files);
        var written = File.GetLastWriteTimeUtc(file);
        var tried = server.Count;

        // A replay in the background would let this one wait for the clock.
        await using var app = BufferedRows.Application(_folder.Path, server, static options => options.OfflineBuffer.Enabled = false);
        var replay = await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token);
        var status = await app.Tracer.Buffer.GetStatusAsync(Token);
        await app.Tracer.Buffer.ClearAsync(Token);

        Assert.Equal((new BufferReplay(0, 0, 0, 0), 0, 0), (replay, status.Count, server.Count - tried));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Assert.Single(Files)));
    }

    [Fact]
    public async Task The_status_counts_feedback_and_clearing_deletes_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, "my-id");
        await using var app = BufferedRows.Application(_folder.Path, server, static options => options.OfflineBuffer.Enabled = false);

        Assert.Equal(1, (await app.Tracer.Buffer.GetStatusAsync(Token)).Count);
        Assert.Equal(1, await app.Tracer.Buffer.ClearAsync(Token));
        Assert.Empty(Files);
    }

    [Fact]
    public async Task Buffered_feedback_for_a_row_that_the_server_does_not_know_is_set_aside_and_reported_after_three_tries()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, "my-id");
        server.Answer = static _ => Task.FromResult(404);
        var tried = server.Count;
        var failures = new List<FlushFailure>();
        await using var app = BufferedRows.Application(_folder.Path, server, static options => options.MaxTries = 6);

        var replaying = app.Tracer.Buffer.ReplayAsync(onFailure: failures.Add, cancellationToken: Token);
        await app.AdvanceUntilAsync(() => Files.Length == 0 && replaying.IsCompleted);
        await TracedApplication.UntilAsync(() => app.Meter.Failed.Count == 1);

        Assert.Equal(1, (await app.Tracer.Buffer.GetStatusAsync(Token)).SetAside);
        Assert.InRange(server.Count - tried, 3, 5);
    }

    [Fact]
    public async Task A_file_of_feedback_that_names_no_row_is_set_aside_and_a_row_under_the_name_of_feedback_is_not_sent()
    {
        await using var server = await OpenlayerServer.StartAsync();
        BufferedRows.Plant(_folder.Path, "feedback_1_1_a.json", BufferedRows.Own("pipe-1", server.Address.TrimEnd('/')));
        BufferedRows.Plant(_folder.Path, "feedback_2_1_b.json", "{");
        await using var app = BufferedRows.Application(_folder.Path, server);

        await TracedApplication.UntilAsync(() => Files.Length == 0);

        Assert.Equal(2, (await app.Tracer.Buffer.GetStatusAsync(Token)).SetAside);
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task With_write_ahead_feedback_is_on_disk_before_it_is_sent_and_until_it_is_acknowledged()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = BufferedRows.Application(_folder.Path, server, static options => options.OfflineBuffer.WriteAhead = true);

        var sending = app.Tracer.SendFeedbackAsync("my-id", FeedbackTests.Rating(1), Token);
        await server.NextAsync();
        Assert.Single(OnDisk());
        held.SetResult(200);
        await sending;

        Assert.Empty(OnDisk());

        string[] OnDisk() => Directory.GetFiles(_folder.Path, "feedback_*.json", SearchOption.AllDirectories);
    }

    private static string Update(string id, OpenlayerServer server) => JsonSerializer.Serialize(new
    {
        trace_data = new { human_feedback = 1 },
        config = new { human_feedback_column_name = "human_feedback", inference_id_column_name = "inferenceId" },
        inference_pipeline_id = "pipe-1",
        inference_id = id,
        timestamp = 1,
        metadata = new { buffer_version = "1.0", host = server.Address.TrimEnd('/') },
    });

    /// <summary>Buffers feedback in an outage, and ends the process that gave it.</summary>
    private async Task BufferAsync(OpenlayerServer server, string id, Action<OpenlayerOptions>? configure = null)
    {
        var answer = server.Answer;
        server.Answer = static _ => Task.FromResult(503);
        await using (var app = BufferedRows.Application(
            _folder.Path,
            server,
            options =>
            {
                options.CircuitBreakDuration = TimeSpan.FromHours(1);
                configure?.Invoke(options);
            }))
        {
            Assert.Equal(FeedbackOutcome.Buffered, await app.Tracer.SendFeedbackAsync(id, FeedbackTests.Rating(1), Token));
        }

        server.Answer = answer;
    }
}
