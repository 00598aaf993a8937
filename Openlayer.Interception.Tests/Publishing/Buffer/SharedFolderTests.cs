using System.Text;
using System.Text.Json;

namespace Openlayer.Interception.Tests.Publishing.Buffer;

/// <summary>Several applications, SDKs and processes share a folder.</summary>
public sealed class SharedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pipe-2")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../../../admin")]
    [InlineData("pipe-1/../pipe-2")]
    [InlineData("pipe-1?x=1#")]
    [InlineData("PIPE-1")]
    [InlineData(" pipe-1")]
    [InlineData("pipe-1\0")]
    public async Task A_row_of_another_pipeline_is_left_alone(string pipelineId)
    {
        await using var server = await OpenlayerServer.StartAsync();
        string[] files =
        [
            Plant("trace_1_1_a.json", BufferedRows.Python(pipelineId)),
            Plant("trace_2_1_b.json", BufferedRows.TypeScript(pipelineId)),
            Plant("trace_3_1_c.json", BufferedRows.Own(pipelineId, server.Address.TrimEnd('/'))),
        ];

        await AssertLeftAloneAsync(server, files);
    }

    [Theory]
    [InlineData("https://api.openlayer.com")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://localhost:1")]
    [InlineData("")]
    [InlineData("not a host")]
    public async Task A_row_for_another_host_is_left_alone(string host)
    {
        await using var server = await OpenlayerServer.StartAsync();

        await AssertLeftAloneAsync(server, [Plant("trace_1_1_a.json", BufferedRows.Own("pipe-1", host))]);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("-Infinity")]
    [InlineData("\"\ud83d\"")]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"unescaped\u0001\"")]
    public async Task A_row_of_another_pipeline_that_is_not_valid_JSON_is_left_alone(string output)
    {
        await using var server = await OpenlayerServer.StartAsync();
        string[] files =
        [
            Plant("trace_1_1_a.json", BufferedRows.Python("pipe-2").Replace("\"An answer\"", output, StringComparison.Ordinal)),
            Plant("trace_2_1_b.json", BufferedRows.TypeScript("pipe-2").Replace("\"An answer\"", output, StringComparison.Ordinal)),
        ];

        await AssertLeftAloneAsync(server, files);
    }

    [Fact]
    public async Task A_row_of_another_pipeline_is_left_alone_if_it_is_truncated_of_a_later_version_or_very_deep()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var deep = new string('[', 500_000) + new string(']', 500_000);
        string[] files =
        [
            Plant("trace_1_1_a.json", BufferedRows.Python("pipe-2")[..^20]),
            Plant("trace_2_1_b.json", BufferedRows.Python("pipe-2", version: "2.0")),
            Plant("trace_3_1_c.json", BufferedRows.Python("pipe-2").Replace("\"An answer\"", deep, StringComparison.Ordinal)),
        ];

        await AssertLeftAloneAsync(server, files);
    }

    [Fact]
    public async Task Files_that_another_application_is_sending_or_writing_are_left_alone()
    {
        await using var server = await OpenlayerServer.StartAsync();
        const string Other = "0123456789abcdef";
        string[] files =
        [
            Plant($"trace_1_1_a.json.{Other}.sending", BufferedRows.Python("pipe-2")),
            Plant($"trace_2_1_b.json.{Other}.tmp", "{"),
            Plant("notes.tmp", "of a user"),
            BufferedRows.Plant(Path.Combine(_folder.Path, $".live_{Other}_1_0"), "trace_3_1_c.json", BufferedRows.Python("pipe-2")),
            BufferedRows.Plant(Path.Combine(_folder.Path, "set-aside"), "trace_4_1_d.json", BufferedRows.Python("pipe-2")),
        ];

        await AssertLeftAloneAsync(server, files);
    }

    [Fact]
    public async Task A_file_of_the_TypeScript_SDK_is_sent_as_it_is_if_it_names_the_applications_pipeline()
    {
        await using var server = await OpenlayerServer.StartAsync();
        Plant("trace_1_1_a.json", BufferedRows.TypeScript("pipe-1"));
        await using var app = Application(server);

        var sent = (await server.NextAsync()).Json;

        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse("""{"config":{"outputColumnName":"output","inputVariableNames":["q"]},"rows":[{"inferenceId":"typescript","output":"An answer"}]}"""),
            sent));
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task A_row_that_was_buffered_under_a_wrong_path_is_sent_to_the_corrected_one_and_holds_no_secret()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, options =>
            options.BaseUrl = new Uri($"{server.Address.TrimEnd('/').Replace("http://", "http://user:password@", StringComparison.Ordinal)}/mistyped?key=secret"));

        var text = await File.ReadAllTextAsync(Assert.Single(_folder.Rows), Token);
        await using var next = Application(server);
        await TracedApplication.UntilAsync(() => next.Meter.Replayed.Count == 1);

        foreach (var secret in new[] { "mistyped", "password", "secret", "test-key" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_row_that_was_buffered_with_another_key_waits_until_that_key_is_back()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, static options => options.ApiKey = "old-key");

        await AssertLeftAloneAsync(server, [Assert.Single(_folder.Rows)]);

        await using var next = Application(server, static options => options.ApiKey = "old-key");
        await TracedApplication.UntilAsync(() => next.Meter.Replayed.Count == 1);
    }

    [Fact]
    public async Task The_limits_of_one_key_do_not_count_or_delete_the_rows_of_another()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, static options => options.ApiKey = "old-key");
        var old = Assert.Single(_folder.Rows);

        await BufferAsync(server, static options => options.OfflineBuffer.MaxFiles = 1);
        await BufferAsync(server, static options => options.OfflineBuffer.MaxFiles = 1);

        Assert.Contains(old, _folder.Rows);
        Assert.Equal(2, _folder.Rows.Length);
    }

    [Fact]
    public async Task After_a_key_was_replaced_an_option_sends_the_rows_of_the_old_one()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, static options => options.ApiKey = "old-key");

        await using var next = Application(server, static options => options.OfflineBuffer.AcceptOtherKeys = true);
        await TracedApplication.UntilAsync(() => next.Meter.Replayed.Count == 1);

        Assert.Empty(_folder.Rows);
    }

    [Fact]
    public async Task The_fingerprint_of_a_key_does_not_tell_which_pipelines_share_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await BufferAsync(server, static options => options.ApiKey = "one-key");
        await BufferAsync(server, static options => options.ApiKey = "another-key");
        await BufferAsync(server, static options => (options.ApiKey, options.InferencePipelineId) = ("one-key", "pipe-2"));
        await BufferAsync(server, static options => options.ApiKey = "one-key");

        var fingerprints = _folder.Rows.Select(static file => JsonElement.Parse(File.ReadAllText(file)).GetProperty("metadata").GetProperty("key_id").GetString()!).ToArray();

        Assert.Equal(4, fingerprints.Length);
        Assert.Equal(3, fingerprints.Distinct().Count());
        Assert.All(fingerprints, static fingerprint => Assert.Equal(16, fingerprint.Length));
    }

    [Fact]
    public async Task The_limits_count_and_delete_rows_of_the_application_only()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server, static options => options.OfflineBuffer.MaxFiles = 2);
        await using var other = Application(server, static options =>
        {
            options.InferencePipelineId = "pipe-2";
            options.OfflineBuffer.MaxFiles = 2;
        });

        foreach (var name in new[] { "1", "2", "3" })
        {
            app.Trace(name);
            await app.Tracer.FlushAsync(Token);
            other.Trace(name);
            await other.Tracer.FlushAsync(Token);
        }

        Assert.Equal((1, 1), (app.Meter.Dropped.Count, other.Meter.Dropped.Count));
        Assert.Equal(4, _folder.Rows.Length);
        Assert.Equal((2, 2), ((await app.Tracer.Buffer.GetStatusAsync(Token)).Count, (await other.Tracer.Buffer.GetStatusAsync(Token)).Count));
        Assert.Equal(2, await app.Tracer.Buffer.ClearAsync(Token));
        Assert.Equal(["2", "3"], Names());
    }

    [Fact]
    public async Task Each_application_clears_only_the_rows_that_were_refused_to_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(422);
        Plant("trace_1_1_a.json", BufferedRows.Python("pipe-1"));
        Plant("trace_2_1_b.json", BufferedRows.Python("pipe-2"));
        await using var app = Application(server, static options => options.OfflineBuffer.Enabled = false);
        await using var other = Application(server, static options =>
        {
            options.OfflineBuffer.Enabled = false;
            options.InferencePipelineId = "pipe-2";
        });
        Assert.Equal(1, (await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token)).Failed);
        Assert.Equal(1, (await other.Tracer.Buffer.ReplayAsync(cancellationToken: Token)).Failed);

        await app.Tracer.Buffer.ClearAsync(Token);

        Assert.Equal((0, 1), ((await app.Tracer.Buffer.GetStatusAsync(Token)).SetAside, (await other.Tracer.Buffer.GetStatusAsync(Token)).SetAside));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "set-aside", "trace_2_1_b.json")));
    }

    [Fact]
    public async Task An_application_whose_server_hangs_does_not_hold_up_the_rows_of_another()
    {
        await using var hanging = await OpenlayerServer.StartAsync();
        await using var server = await OpenlayerServer.StartAsync();
        var held = new TaskCompletionSource<int>();
        hanging.Answer = _ => held.Task;
        Plant("trace_1_1_a.json", BufferedRows.Python("pipe-1"));
        Plant("trace_2_1_b.json", BufferedRows.Python("pipe-2"));
        await using var app = Application(hanging);
        await hanging.NextAsync();
        await using var other = Application(server, static options => options.InferencePipelineId = "pipe-2");

        await TracedApplication.UntilAsync(() => other.Meter.Replayed.Count == 1);

        Assert.Equal(0, app.Meter.Replayed.Count);
        held.SetResult(200);
        await TracedApplication.UntilAsync(() => app.Meter.Replayed.Count == 1);
    }

    [Fact]
    public async Task Processes_that_write_at_the_same_time_keep_MaxFiles_together()
    {
        const int MaxFiles = 20;
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        var apps = Enumerable.Range(0, 4).Select(_ => Application(server, static options => options.OfflineBuffer.MaxFiles = MaxFiles)).ToArray();
        var most = 0;

        await Parallel.ForEachAsync(apps, Token, async (app, token) =>
        {
            for (var trace = 0; trace < 30; trace++)
            {
                app.Trace($"{trace}");
                await app.Tracer.FlushAsync(token);
                most = Math.Max(most, _folder.Rows.Length);
            }
        });

        Assert.InRange(most, MaxFiles, MaxFiles);
        Assert.Equal(MaxFiles, _folder.Rows.Length);
        Assert.Equal((4 * 30) - MaxFiles, apps.Sum(static app => app.Meter.Dropped.Count));
        foreach (var app in apps)
        {
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_oldest_row_is_the_one_that_was_buffered_first_even_if_the_clock_is_set_back()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using (var ahead = Application(server, static options => options.OfflineBuffer.MaxFiles = 3))
        {
            ahead.Time.Advance(TimeSpan.FromDays(1));
            ahead.Trace("1");
            await ahead.Tracer.FlushAsync(Token);
            ahead.Trace("2");
            await ahead.Tracer.FlushAsync(Token);
        }

        await using var app = Application(server, static options => options.OfflineBuffer.MaxFiles = 3);
        foreach (var name in new[] { "3", "4", "5" })
        {
            app.Trace(name);
            await app.Tracer.FlushAsync(Token);
        }

        Assert.Equal(["3", "4", "5"], Names());
    }

    [Fact]
    public async Task A_file_larger_than_MaxBytes_evicts_no_row_and_is_left_alone()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        var large = Plant("trace_1_1_a.json", BufferedRows.Python("pipe-1").Replace("An answer", new string('x', 20_000), StringComparison.Ordinal));
        await using var app = Application(server, static options => options.OfflineBuffer.MaxBytes = 10_000);

        app.Trace("small");
        await app.Tracer.FlushAsync(Token);
        app.Trace("large", new string('x', 20_000));
        await app.Tracer.FlushAsync(Token);

        Assert.True(File.Exists(large));
        Assert.Equal(1, (await app.Tracer.Buffer.GetStatusAsync(Token)).Count);
        Assert.Equal((1, 0, 1), (app.Meter.Buffered.Count, app.Meter.Dropped.Count, app.Meter.Failed.Count));
    }

    // An application that ends with one buffered row, after which the server works again.
    private async Task BufferAsync(OpenlayerServer server, Action<OpenlayerOptions> configure)
    {
        server.Answer = static _ => Task.FromResult(401);
        await using (var app = Application(server, configure))
        {
            app.Trace("row");
        }

        server.Answer = static _ => Task.FromResult(200);
    }

    private async Task AssertLeftAloneAsync(OpenlayerServer server, string[] files)
    {
        var before = files.Select(static file => (File.ReadAllText(file, Encoding.Latin1), File.GetLastWriteTimeUtc(file))).ToArray();
        server.Answer = static _ => Task.FromResult(503);
        await using var app = Application(server, static options => options.OfflineBuffer.MaxFiles = 1);
        app.Trace("1");
        await app.Tracer.FlushAsync(Token);
        app.Trace("2");
        await app.Tracer.FlushAsync(Token);
        server.Answer = static _ => Task.FromResult(200);

        var replaying = app.Tracer.Buffer.ReplayAsync(cancellationToken: Token);
        await app.AdvanceUntilAsync(replaying);
        var cleared = await app.Tracer.Buffer.ClearAsync(Token);

        Assert.Equal((0, 0, 0), ((await replaying).Failed, (await replaying).Unreadable, cleared));
        Assert.Equal(1, app.Meter.Sent.Count);
        Assert.Equal(before, files.Select(static file => (File.ReadAllText(file, Encoding.Latin1), File.GetLastWriteTimeUtc(file))));
        Assert.Equal((0, 0L, 0), await StatusAsync(app));
    }

    private static async Task<(int Count, long Bytes, int SetAside)> StatusAsync(TracedApplication app)
    {
        var status = await app.Tracer.Buffer.GetStatusAsync(Token);
        return (status.Count, status.Bytes, status.SetAside);
    }

    private string[] Names() =>
    [
        .. _folder.Rows.Order(StringComparer.Ordinal).Select(static file =>
            JsonElement.Parse(File.ReadAllBytes(file)).GetProperty("trace_data").GetProperty("steps")[0].GetProperty("name").GetString()!),
    ];

    private string Plant(string name, string content) => BufferedRows.Plant(_folder.Path, name, content);

    private TracedApplication Application(OpenlayerServer server, Action<OpenlayerOptions>? configure = null) =>
        BufferedRows.Application(_folder.Path, server, configure);
}
