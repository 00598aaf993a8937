using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Publishing.Buffer;

public sealed partial class OfflineBufferTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // A file that version 0.26.1 of the Python SDK wrote when it could not send.
    private static string Recorded => RecordedFile("trace_1795526954806_26930_7434f094.json");

    // A file that this library wrote in the same situation.
    private static string RecordedHere => RecordedFile("trace_1714979289500_1723_1b243575.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_row_that_cannot_be_sent_is_a_private_file_in_the_Python_SDKs_format_without_the_key()
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
        Assert.Equal([.. NamesOf(theirs.GetProperty("metadata")), "host", "key_id"], NamesOf(ours.GetProperty("metadata")));
        Assert.Equal(server.Address.TrimEnd('/'), ours.GetProperty("metadata").GetProperty("host").GetString());
        Assert.Equal(
            NamesOf(theirs.GetProperty("config")).Where(static name => name is not ("user_id_column_name" or "session_id_column_name")),
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
    public async Task Files_of_either_SDK_are_sent_at_startup_as_the_original_requests()
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
            ["outputColumnName", "inputVariableNames", "latencyColumnName", "costColumnName", "timestampColumnName", "inferenceIdColumnName", "numOfTokenColumnName", "userIdColumnName", "sessionIdColumnName"],
            NamesOf(theirs.GetProperty("config")));
        Assert.Equal(2, next.Meter.Sent.Count);
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task The_Python_SDK_sends_a_file_of_this_library_as_the_library_does()
    {
        await using var server = await OpenlayerServer.StartAsync();
        Directory.CreateDirectory(_folder.Path);
        File.Copy(RecordedHere, Path.Combine(_folder.Path, Path.GetFileName(RecordedHere)));
        await using var app = Application(server);

        var sent = (await server.NextAsync()).Json;

        // The recorded request that replay_buffered_traces of the Python SDK sends for the file.
        var sentByPython = JsonElement.Parse(await File.ReadAllBytesAsync(RecordedFile("sent-by-python.json"), Token));
        Assert.True(JsonElement.DeepEquals(sentByPython, sent));
    }

    [Fact]
    public async Task Buffered_rows_are_sent_automatically_when_sending_works_again()
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
    public async Task An_explicit_replay_reports_sent_and_refused_rows_and_unreadable_files()
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
            var path = Path.Combine(_folder.Path, name);
            await File.WriteAllTextAsync(path, content, Token);

            // Old enough that no process can still be writing it.
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        server.Answer = static request => Task.FromResult(IsOf(request, "bad") ? 422 : 200);
        await using var next = Application(server, static options => options.OfflineBuffer.Enabled = false);
        var sent = new List<JsonElement>();
        var failed = new List<FlushFailure>();
        Assert.Equal(7, (await next.Tracer.Buffer.GetStatusAsync(Token)).Count);

        var replaying = next.Tracer.Buffer.ReplayAsync(sent.Add, failed.Add, Token);
        await next.AdvanceUntilAsync(replaying);
        var replay = await replaying;

        Assert.Equal(new BufferReplay(Sent: 2, Failed: 1, Unreadable: 4, Kept: 0), replay);
        Assert.Equal(2, sent.Count);
        Assert.Equal("bad", Assert.Single(failed).Row.GetProperty("steps")[0].GetProperty("name").GetString());
        var status = await next.Tracer.Buffer.GetStatusAsync(Token);
        Assert.Equal((false, 0, 0, 5), (status.Enabled, status.Count, status.Bytes, status.SetAside));
        Assert.Single(next.Log.Messages, static message => message.Contains("truncated or in an unknown format", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_another_process_may_be_writing_is_left_for_the_next_replay()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = Application(server, static options => options.OfflineBuffer.Enabled = false);
        Directory.CreateDirectory(_folder.Path);
        var path = Path.Combine(_folder.Path, Path.GetFileName(Recorded));
        var content = await File.ReadAllBytesAsync(Recorded, Token);

        await File.WriteAllBytesAsync(path, content[..100], Token);
        var early = await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token);
        await File.WriteAllBytesAsync(path, content, Token);
        var late = await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token);

        Assert.Equal(new BufferReplay(0, 0, 0, Kept: 1), early);
        Assert.Equal(new BufferReplay(Sent: 1, 0, 0, 0), late);
    }

    [Fact]
    public async Task An_existing_folder_keeps_its_mode_and_a_warning_is_logged_if_others_can_write_to_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite;
        Directory.CreateDirectory(_folder.Path);
        File.SetUnixFileMode(_folder.Path, Mode);
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(Mode, File.GetUnixFileMode(_folder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(_folder.Rows)));
        Assert.Single(app.Log.Messages, static message => message.StartsWith("Warning: Other users can write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task New_rows_do_not_wait_for_a_replay()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using (var app = Application(server))
        {
            for (var trace = 0; trace < 3; trace++)
            {
                app.Trace("buffered");
                await app.Tracer.FlushAsync(Token);
                await server.NextAsync();
            }
        }

        var held = new TaskCompletionSource<int>();
        server.Answer = _ => held.Task;
        await using var next = Application(
            server,
            static options =>
            {
                options.MaxBatchLength = 1;
                options.MaxQueueBytes = 5_000;
            });
        await server.NextAsync();

        // The queue has room for one of them: the first moves to the buffer, and the second waits.
        next.Trace("buffered", new string('x', 1_500));
        next.Trace("fresh", new string('x', 1_500));
        await TracedApplication.UntilAsync(() => next.Meter.Buffered.Count == 1);
        held.SetResult(200);
        await TracedApplication.UntilAsync(() => next.Meter.Sent.Count == 5);

        Assert.Equal(
            ["fresh", "buffered", "buffered", "buffered"],
            (await server.TakeAllAsync()).Select(static request => request.Json.GetProperty("rows")[0].GetProperty("steps")[0].GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_row_that_always_fails_costs_no_other_row_and_fails_once_others_are_acknowledged(int maxBatchLength)
    {
        var failures = new ConcurrentQueue<FlushFailure>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(
            server,
            options =>
            {
                options.MaxBatchLength = maxBatchLength;
                options.MaxTries = 3;
                options.OnFlushFailure = failures.Enqueue;
            });
        foreach (var name in new[] { "good", "poison", "good too" })
        {
            app.Trace(name);
            await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Token));
        }

        server.Answer = static request => Task.FromResult(IsOf(request, "poison") ? 500 : 200);
        await app.AdvanceUntilAsync(() => app.Meter.Replayed.Count == 2);

        // While no other row is acknowledged, the server may be the cause.
        var requests = server.Count;
        await app.AdvanceUntilAsync(() => server.Count >= requests + 5);
        Assert.Empty(failures);
        while (failures.IsEmpty)
        {
            requests = server.Count;
            app.Trace("later");
            await app.AdvanceUntilAsync(() => !failures.IsEmpty || server.Count >= requests + 2);
        }

        Assert.Equal("poison", Assert.Single(failures).Row.GetProperty("steps")[0].GetProperty("name").GetString());
        var status = await app.Tracer.Buffer.GetStatusAsync(Token);
        Assert.Equal((0, 1), (status.Count, status.SetAside));
    }

    [Fact]
    public async Task A_full_buffer_deletes_and_counts_the_oldest_files()
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
        Assert.Equal(3, await app.Tracer.Buffer.ClearAsync(Token));
        Assert.Empty(_folder.Rows);
    }

    [Fact]
    public async Task Rows_that_exceed_the_queue_are_buffered_oldest_first()
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

        // The replay at the start may have sent them already.
        Assert.Equal(0, app.Meter.Dropped.Count);
        await TracedApplication.UntilAsync(() => app.Meter.Sent.Count + _folder.Rows.Length == 4);
    }

    [Fact]
    public async Task Write_ahead_keeps_a_trace_on_disk_from_before_it_is_sent_until_it_is_acknowledged()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var held = new TaskCompletionSource<int>();
        server.Answer = _ => held.Task;
        await using var app = Application(server, static options => options.OfflineBuffer.WriteAhead = true);

        app.Trace("trace");
        await server.NextAsync();
        var onDisk = Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories);

        // Other processes do not touch the file while this one lives.
        await using var other = Application(server);
        var replaying = other.Tracer.Buffer.ReplayAsync(cancellationToken: Token);
        await other.AdvanceUntilAsync(replaying);
        var replay = await replaying;
        held.SetResult(200);
        await app.Tracer.FlushAsync(Token);

        Assert.Single(onDisk);
        Assert.Equal(new BufferReplay(0, 0, 0, 0), replay);
        Assert.Equal(1, server.Count);
        Assert.Empty(Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories));
    }

    private static string RecordedFile(string name) => Path.Combine(AppContext.BaseDirectory, "Publishing", "Buffer", "Recorded", name);

    private static bool IsOf(ReceivedRequest request, string name) => Encoding.UTF8.GetString(request.Body).Contains($"\"{name}\"", StringComparison.Ordinal);

    private static string[] NamesOf(JsonElement element) => [.. element.EnumerateObject().Select(static property => property.Name)];

    [GeneratedRegex(@"^trace_\d{13}_\d+_[0-9a-f]{32}\.json$")]
    private static partial Regex FileName();

    private TracedApplication Application(OpenlayerServer server, Action<OpenlayerOptions>? configure = null) =>
        BufferedRows.Application(_folder.Path, server, configure);
}
