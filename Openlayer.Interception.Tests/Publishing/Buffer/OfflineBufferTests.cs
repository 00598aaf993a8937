using System.Text.Json;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Publishing.Buffer;

public sealed partial class OfflineBufferTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Recorded => Path.Combine(AppContext.BaseDirectory, "Publishing", "Buffer", "Recorded", "trace_1715000000000_4242_0a1b2c3d.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_row_that_cannot_be_sent_is_a_file_of_the_Python_SDKs_form_that_holds_no_key_and_is_its_owners_alone()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server, static options => options.CustomHeaders["X-Secret"] = "a-header-value");

        using (var scope = app.Tracer.StartStep("main"))
        {
            scope.Step.Inputs["user_query"] = "Wer?";
            scope.Step.Output = "Ada";
        }

        await app.Tracer.FlushAsync(Token);

        var file = Assert.Single(_folder.Rows);
        Assert.Matches(FileName(), Path.GetFileName(file));
        var text = await File.ReadAllTextAsync(file, Token);
        Assert.DoesNotContain("test-key", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a-header-value", text, StringComparison.Ordinal);
        var ours = JsonElement.Parse(text);
        var theirs = JsonElement.Parse(await File.ReadAllBytesAsync(Recorded, Token));
        Assert.Equal(NamesOf(theirs), NamesOf(ours));
        Assert.Equal(NamesOf(theirs.GetProperty("metadata")), NamesOf(ours.GetProperty("metadata")));
        Assert.Equal(
            NamesOf(theirs.GetProperty("config")).Where(static name => name != "user_id_column_name"),
            NamesOf(ours.GetProperty("config")));
        Assert.Equal("pipe-1", ours.GetProperty("inference_pipeline_id").GetString());
        Assert.Equal(Environment.ProcessId, ours.GetProperty("metadata").GetProperty("process_id").GetInt32());
        Assert.Equal("Wer?", ours.GetProperty("trace_data").GetProperty("user_query").GetString());
        Assert.Equal((0, 1, 0), (app.Meter.Sent.Count, app.Meter.Buffered.Count, app.Meter.Failed.Count));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        }
    }

    [Fact]
    public async Task What_either_SDK_left_is_sent_at_the_start_as_it_would_have_been_sent_then()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using (var app = Application(server))
        {
            app.Trace("ours");
            await app.Tracer.FlushAsync(Token);
        }

        var direct = (await server.NextAsync()).Json;
        File.Copy(Recorded, Path.Combine(_folder.Path, Path.GetFileName(Recorded)));
        server.Answer = static _ => Task.FromResult(200);
        await using var next = Application(server);
        var ours = (await server.NextAsync()).Json;
        var theirs = (await server.NextAsync()).Json;
        await TracedApplication.UntilAsync(() => next.Meter.Replayed.Count == 2);

        Assert.True(JsonElement.DeepEquals(direct, ours));
        var recorded = JsonElement.Parse(await File.ReadAllBytesAsync(Recorded, Token));
        Assert.True(JsonElement.DeepEquals(recorded.GetProperty("trace_data"), theirs.GetProperty("rows")[0]));
        Assert.Equal(
            ["outputColumnName", "inputVariableNames", "latencyColumnName", "costColumnName", "timestampColumnName", "inferenceIdColumnName", "numOfTokenColumnName", "userIdColumnName"],
            NamesOf(theirs.GetProperty("config")));
        Assert.Equal(2, next.Meter.Sent.Count);
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task What_is_buffered_is_sent_on_its_own_when_sending_works_again()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server);

        app.Trace("buffered");
        await app.Tracer.FlushAsync(Token);
        Assert.Single(_folder.Rows);
        server.Answer = static _ => Task.FromResult(200);
        app.Trace("sent");
        await app.Tracer.FlushAsync(Token);
        await TracedApplication.UntilAsync(() => app.Meter.Replayed.Count == 1);

        Assert.Equal(2, app.Meter.Sent.Count);
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task A_replay_by_hand_tells_what_it_sent_what_was_refused_and_what_was_no_row()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using (var app = Application(server))
        {
            foreach (var name in new[] { "good", "bad", "good too" })
            {
                app.Trace(name);
                await app.Tracer.FlushAsync(Token);
            }
        }

        foreach (var (name, content) in new[]
        {
            ("trace_1_1_00000000.json", ""),
            ("trace_1_1_00000001.json", "{\"trace_data\": {\"a\": 1"),
            ("trace_1_1_00000002.json", "{\"hello\": \"world\"}"),
            ("trace_1_1_00000003.json", "no JSON"),
        })
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.Path, name), content, Token);
        }

        server.Answer = static request => Task.FromResult(System.Text.Encoding.UTF8.GetString(request.Body).Contains("\"bad\"", StringComparison.Ordinal) ? 422 : 200);
        await using var next = Application(server, static options => options.OfflineBuffer.Enabled = false);
        var sent = new List<JsonElement>();
        var failed = new List<FlushFailure>();
        Assert.Equal(7, next.Tracer.GetBufferStatus().Count);

        var replaying = next.Tracer.ReplayBufferedTracesAsync(sent.Add, failed.Add, Token);
        await next.AdvanceUntilAsync(replaying);
        var replay = await replaying;

        Assert.Equal(new BufferReplay(Sent: 2, Failed: 1, Unreadable: 4, Kept: 0), replay);
        Assert.Equal(2, sent.Count);
        Assert.Equal("bad", Assert.Single(failed).Row.GetProperty("steps")[0].GetProperty("name").GetString());
        var status = next.Tracer.GetBufferStatus();
        Assert.Equal((false, 0, 0, 5), (status.Enabled, status.Count, status.Bytes, status.SetAside));
        Assert.Single(next.Log.Messages, static message => message.Contains("cut off or not of its format", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_the_server_fails_at_every_time_does_not_hold_back_the_others()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server, static options => options.MaxBatchLength = 1);
        foreach (var name in new[] { "poison", "good", "good too" })
        {
            app.Trace(name);
            await app.Tracer.FlushAsync(Token);
            app.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        server.Answer = static request => Task.FromResult(System.Text.Encoding.UTF8.GetString(request.Body).Contains("poison", StringComparison.Ordinal) ? 500 : 200);
        await app.AdvanceUntilAsync(() => app.Meter.Replayed.Count == 2);

        await TracedApplication.UntilAsync(() => app.Tracer.GetBufferStatus().Count == 1);
    }

    [Fact]
    public async Task Over_the_limit_the_oldest_files_go_and_are_counted()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server, static options => options.OfflineBuffer.MaxFiles = 3);

        for (var trace = 1; trace <= 5; trace++)
        {
            app.Trace($"trace {trace}");
            await app.Tracer.FlushAsync(Token);
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            ["trace 3", "trace 4", "trace 5"],
            _folder.Rows.Order(StringComparer.Ordinal).Select(static file =>
                JsonElement.Parse(File.ReadAllBytes(file)).GetProperty("trace_data").GetProperty("steps")[0].GetProperty("name").GetString()));
        Assert.Equal((5, 2), (app.Meter.Buffered.Count, app.Meter.Dropped.Count));
        Assert.Equal(3, app.Tracer.ClearBuffer());
        Assert.Empty(_folder.Rows);
    }

    [Fact]
    public async Task What_the_queue_has_no_room_for_goes_to_the_buffer_the_oldest_first()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = Application(
            server,
            static options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.MaxQueueBytes = 10_000;
            });

        for (var trace = 0; trace < 4; trace++)
        {
            using var scope = app.Tracer.StartStep($"{trace}");
            scope.Step.Output = new string('x', 2_000);
        }

        await TracedApplication.UntilAsync(() => app.Meter.Buffered.Count == 2);
        await app.Tracer.FlushAsync(Token);

        Assert.Equal((2, 0), (app.Meter.Sent.Count, app.Meter.Dropped.Count));
        Assert.Equal(2, _folder.Rows.Length);
    }

    [Fact]
    public async Task With_write_ahead_a_trace_is_on_disk_before_it_is_sent_and_gone_when_it_is_acknowledged()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var held = new TaskCompletionSource<int>();
        server.Answer = _ => held.Task;
        await using var app = Application(server, static options => options.OfflineBuffer.WriteAhead = true);

        app.Trace("trace");
        await server.NextAsync();
        var onDisk = Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories);

        // Others leave it alone: this process lives and is sending it.
        await using var other = Application(server);
        var replaying = other.Tracer.ReplayBufferedTracesAsync(cancellationToken: Token);
        await other.AdvanceUntilAsync(replaying);
        var replay = await replaying;
        held.SetResult(200);
        await app.Tracer.FlushAsync(Token);

        Assert.Single(onDisk);
        Assert.Equal(new BufferReplay(0, 0, 0, 0), replay);
        Assert.Equal(1, server.Count);
        Assert.Empty(Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories));
    }

    private static string[] NamesOf(JsonElement element) => [.. element.EnumerateObject().Select(static property => property.Name)];

    [GeneratedRegex(@"^trace_\d{13}_\d+_[0-9a-f]{8}\.json$")]
    private static partial Regex FileName();

    private TracedApplication Application(OpenlayerServer server, Action<OpenlayerOptions>? configure = null) => new(
        options =>
        {
            options.OfflineBuffer.Enabled = true;
            options.OfflineBuffer.Path = _folder.Path;
            configure?.Invoke(options);
        },
        server);
}
