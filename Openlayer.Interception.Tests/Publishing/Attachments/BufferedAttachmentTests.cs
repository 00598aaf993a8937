using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing.Attachments;

/// <summary>The file of a buffered row has what was not uploaded, within the limits of the buffer, and it is uploaded when the row is sent.</summary>
public sealed class BufferedAttachmentTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private StorageServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StorageServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task A_buffered_row_has_the_bytes_which_are_uploaded_when_it_is_replayed(int length)
    {
        var bytes = Bytes(length);
        await BufferAsync(bytes, "twice"u8.ToArray());

        var file = Assert.Single(_folder.Rows);
        var content = JsonElement.Parse(await File.ReadAllBytesAsync(file, Cancellation));
        Assert.Equal("attachments", content.EnumerateObject().Last().Name);
        Assert.Equal(bytes, content.GetProperty("attachments")[0].GetProperty("data").GetBytesFromBase64());
        Assert.DoesNotContain("uploadError", content.GetProperty("trace_data").ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await using var app = Application();
        var row = await _server.RowAsync();

        var attachments = row.GetProperty("steps")[0].GetProperty("attachments");
        Assert.All(attachments.EnumerateArray(), static attachment => Assert.StartsWith("s3://bucket/", attachment.GetProperty("storageUri").GetString(), StringComparison.Ordinal));
        Assert.Equal($"s3://bucket/attachments/{attachments[0].GetProperty("checksumMd5").GetString()}.txt", attachments[0].GetProperty("storageUri").GetString());
        var uploaded = new List<string>();
        foreach (var upload in _server.Uploads)
        {
            uploaded.Add((await StorageServer.PartsAsync(upload))[^1].Body);
        }

        Assert.Contains(System.Text.Encoding.Latin1.GetString(bytes), uploaded);
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task What_was_uploaded_before_the_row_was_buffered_is_not_in_the_file()
    {
        _server.Intercept = static request => Task.FromResult<int?>(
            StorageServer.PathOf(request) == StorageServer.DataStream || (StorageServer.PathOf(request) == StorageServer.Upload && request.Body.Length > 5_000) ? 503 : null);
        await using (var app = Application())
        {
            Attach(app, Bytes(100), Bytes(6_000));
            await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Cancellation));
        }

        var content = JsonElement.Parse(await File.ReadAllBytesAsync(Assert.Single(_folder.Rows), Cancellation));
        Assert.Equal(Bytes(6_000), Assert.Single(content.GetProperty("attachments").EnumerateArray()).GetProperty("data").GetBytesFromBase64());
        var attachments = content.GetProperty("trace_data").GetProperty("steps")[0].GetProperty("attachments");
        Assert.Equal([true, false], attachments.EnumerateArray().Select(static attachment => attachment.TryGetProperty("storageUri", out _)));
    }

    [Fact]
    public async Task A_row_whose_bytes_do_not_fit_is_buffered_without_them()
    {
        await BufferAsync(static options => options.OfflineBuffer.MaxBytes = 10_000, Bytes(20_000));

        var content = JsonElement.Parse(await File.ReadAllBytesAsync(Assert.Single(_folder.Rows), Cancellation));
        Assert.False(content.TryGetProperty("attachments", out _));
    }

    [Fact]
    public async Task Bytes_count_towards_the_limit_and_are_evicted_with_their_row()
    {
        Offline();
        await using var app = Application(static options => options.OfflineBuffer.MaxBytes = 100_000);
        for (var number = 0; number < 4; number++)
        {
            Attach(app, Bytes(30_000 + number));
            await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Cancellation));
        }

        // A replay claims a row for a moment.
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 2);
        Assert.Equal(2, app.Meter.Dropped.Count);
        Assert.InRange(_folder.Rows.Sum(static file => new FileInfo(file).Length), 80_000, 100_000);
        Assert.All(Directory.GetFiles(_folder.Path).Except(_folder.Rows), static file => Assert.EndsWith(".lock", file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_is_written_ahead_has_the_bytes_before_they_are_uploaded()
    {
        var hang = new TaskCompletionSource<int?>();
        _server.Intercept = request => StorageServer.PathOf(request) == StorageServer.Upload ? hang.Task : Task.FromResult<int?>(null);
        await using var app = Application(static options => options.OfflineBuffer.WriteAhead = true);

        Attach(app, Bytes(100));
        await _server.WaitAsync(StorageServer.Upload, 1);

        var file = Assert.Single(Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories));
        Assert.Equal(Bytes(100), JsonElement.Parse(await File.ReadAllBytesAsync(file, Cancellation)).GetProperty("attachments")[0].GetProperty("data").GetBytesFromBase64());
        hang.SetResult(null);
        await app.Tracer.FlushAsync(Cancellation);
        Assert.Empty(Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories));
        Assert.True((await _server.RowAsync()).GetProperty("steps")[0].GetProperty("attachments")[0].TryGetProperty("storageUri", out _));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public async Task A_tracer_that_ends_while_Openlayer_hangs_keeps_the_row_with_its_bytes()
    {
        var hang = new TaskCompletionSource<int?>();
        _server.Intercept = _ => hang.Task;
        var app = Application(static options =>
        {
            options.TimeProvider = TimeProvider.System;
            options.ShutdownTimeout = TimeSpan.FromSeconds(1);
        });
        Attach(app, Bytes(100));
        await _server.WaitAsync(StorageServer.Presign, 1);

        await app.DisposeAsync();

        var content = JsonElement.Parse(await File.ReadAllBytesAsync(Assert.Single(_folder.Rows), Cancellation));
        Assert.Equal(Bytes(100), content.GetProperty("attachments")[0].GetProperty("data").GetBytesFromBase64());
        Assert.Equal((0, 1, 0), (app.Meter.Sent.Count, app.Meter.Buffered.Count, app.Meter.Dropped.Count));
        hang.SetResult(500);
    }

    [Theory]
    [InlineData("data", "not base64!")]
    [InlineData("data", 5)]
    [InlineData("data", null)]
    [InlineData("id", "other")]
    [InlineData("name", "../../x")]
    [InlineData("mediaType", "a\r\nb: c")]
    public async Task A_file_that_someone_has_changed_is_sent_all_the_same(string member, object? value)
    {
        await BufferAsync(Bytes(100));
        var file = Assert.Single(_folder.Rows);
        var content = JsonNode.Parse(await File.ReadAllBytesAsync(file, Cancellation))!;
        content["attachments"]![0]![member] = JsonSerializer.SerializeToNode(value);
        await File.WriteAllTextAsync(file, content.ToJsonString(), Cancellation);

        await using var app = Application();

        Assert.Equal("root", (await _server.RowAsync()).GetProperty("steps")[0].GetProperty("name").GetString());
        Assert.All(_server.Presigned, static request => Assert.Matches("^/v1/storage/presigned-url\\?objectName=attachments%2F[0-9a-f]{32}\\.txt$", request.Target));
        await TracedApplication.UntilAsync(() => _folder.Rows.Length == 0);
    }

    [Fact]
    public async Task A_buffered_row_is_sent_without_its_bytes_if_uploads_are_off_by_then()
    {
        await BufferAsync(Bytes(100));

        await using var app = Application(static options => options.Attachments.Upload = false);

        var attachment = (await _server.RowAsync()).GetProperty("steps")[0].GetProperty("attachments")[0];
        Assert.Equal("OpenlayerOptions.Attachments.Upload is false.", attachment.GetProperty("metadata").GetProperty("uploadError").GetString());
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(static index => (byte)(index * 31))];

    private static void Attach(TracedApplication app, params byte[][] contents)
    {
        using var scope = app.Tracer.StartStep("root");
        foreach (var content in contents)
        {
            scope.Step.Attach(Attachment.FromBytes(content, "a.txt"));
        }
    }

    private void Offline() => _server.Intercept = static _ => Task.FromResult<int?>(503);

    private Task BufferAsync(params byte[][] contents) => BufferAsync(static _ => { }, contents);

    private async Task BufferAsync(Action<OpenlayerOptions> configure, params byte[][] contents)
    {
        Offline();
        await using (var app = Application(configure))
        {
            Attach(app, contents);
            await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Cancellation));
        }

        _server.Intercept = static _ => Task.FromResult<int?>(null);
    }

    private TracedApplication Application(Action<OpenlayerOptions>? configure = null) => new(options =>
    {
        _server.Configure(options);
        // Longer than any step of the clock.
        options.Attachments.MaxDelay = TimeSpan.FromHours(12);
        options.Attachments.MaxBytesInMemory = 50_000;
        options.OfflineBuffer.Enabled = true;
        options.OfflineBuffer.Path = _folder.Path;
        configure?.Invoke(options);
    });
}
