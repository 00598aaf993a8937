using System.Text.Json;
using Openlayer.Interception.Publishing.Attachments;

namespace Openlayer.Interception.Tests.Publishing.Attachments;

/// <summary>Uploads happen before the row, once for equal bytes, a limited number at a time, and never hold a row for longer than the options say.</summary>
public sealed class UploadTests : IAsyncLifetime
{
    private StorageServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StorageServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Equal_bytes_of_several_traces_are_uploaded_once()
    {
        await using var app = Application();

        for (var number = 0; number < 5; number++)
        {
            Attach(app, "hello"u8.ToArray(), "hello"u8.ToArray());
            await app.Tracer.FlushAsync(Cancellation);
        }

        for (var number = 0; number < 5; number++)
        {
            Assert.All(await UrisAsync(), static uri => Assert.Equal("s3://bucket/attachments/5d41402abc4b2a76b9719d911017c592.txt", uri));
        }

        Assert.Single(_server.Uploads);
        Assert.Equal(1, app.Meter.AttachmentsUploaded.Count);
    }

    [Fact]
    public async Task No_more_uploads_run_at_a_time_than_the_option_allows()
    {
        var (running, most) = (0, 0);
        var two = new TaskCompletionSource();
        _server.Intercept = async request =>
        {
            if (StorageServer.PathOf(request) == StorageServer.Upload)
            {
                var now = Interlocked.Increment(ref running);
                most = Math.Max(most, now);
                if (now == 2)
                {
                    two.TrySetResult();
                }

                await two.Task;
                Interlocked.Decrement(ref running);
            }

            return null;
        };
        await using var app = Application(static options => options.Attachments.MaxParallelUploads = 2);

        Attach(app, [.. Enumerable.Range(0, 10).Select(static number => new[] { (byte)number })]);
        await app.Tracer.FlushAsync(Cancellation);

        Assert.Equal(10, (await UrisAsync()).Distinct().Count());
        Assert.Equal(2, most);
    }

    [Theory]
    [InlineData(StorageServer.Presign, 500)]
    [InlineData(StorageServer.Presign, 429)]
    [InlineData(StorageServer.Upload, 503)]
    public async Task A_failure_that_may_pass_is_retried_with_back_off(string path, int status)
    {
        var failures = 0;
        _server.Intercept = request => Task.FromResult<int?>(
            StorageServer.PathOf(request) == path && Interlocked.Increment(ref failures) <= 2 ? status : null);
        await using var app = Application(static options => options.MaxTries = 3);

        Attach(app, "hello"u8.ToArray());
        await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Cancellation));

        Assert.NotNull(Assert.Single(await UrisAsync()));
        Assert.Equal(3, failures);
    }

    [Fact]
    public async Task A_storage_that_cannot_be_reached_is_tried_again_and_said()
    {
        // The address before it is a user name.
        (_server.HasFields, _server.UploadTarget) = (false, "@127.0.0.1:1/");
        await using var app = Application(static options => options.MaxTries = 2);

        Attach(app, "hello"u8.ToArray());
        await app.AdvanceUntilAsync(app.Tracer.FlushAsync(Cancellation));

        Assert.StartsWith("The storage could not be reached", Assert.Single(await ErrorsAsync()), StringComparison.Ordinal);
        Assert.Equal(2, _server.Presigned.Length);
    }

    [Fact]
    public async Task A_row_waits_for_its_uploads_no_longer_than_MaxDelay_and_then_says_so()
    {
        var release = new TaskCompletionSource<int?>();
        _server.Intercept = request => StorageServer.PathOf(request) == StorageServer.Upload && request.Body.Length > 700 ? release.Task : Task.FromResult<int?>(null);
        await using var app = Application(static options => options.Attachments.MaxDelay = TimeSpan.FromSeconds(5));
        var began = app.Time.GetUtcNow();

        Attach(app, "hello"u8.ToArray(), new byte[500]);
        await _server.WaitAsync(StorageServer.Upload, 2);
        await TracedApplication.UntilAsync(() => app.Meter.AttachmentsUploaded.Count == 1);
        Attach(app);
        await TracedApplication.UntilAsync(() => app.Meter.Sent.Count == 1);
        var flush = app.Tracer.FlushAsync(Cancellation);
        Assert.Equal(1, app.QueueLength);
        app.Time.Advance(TimeSpan.FromSeconds(5));
        await flush;

        await _server.RowAsync();
        var attachments = (await _server.RowAsync()).GetProperty("steps")[0].GetProperty("attachments");
        Assert.True(attachments[0].TryGetProperty("storageUri", out _));
        Assert.Equal("It was not uploaded within OpenlayerOptions.Attachments.MaxDelay.", attachments[1].GetProperty("metadata").GetProperty("uploadError").GetString());
        Assert.Equal(TimeSpan.FromSeconds(5), app.Time.GetUtcNow() - began);
        release.SetResult(200);
    }

    [Fact]
    public async Task The_key_the_headers_and_cookies_go_to_Openlayer_only()
    {
        await using var app = Application(static options =>
        {
            options.CustomHeaders["X-Tenant"] = "secret-tenant";
            options.CustomHeaders["Cookie"] = "session=secret";
            options.Attachments.UploadUrls = true;
        });

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Attach(Attachment.FromBytes("hello"u8.ToArray()));
            scope.Step.Attach(Attachment.FromUrl(new Uri($"{_server.Address}/file/pic.png")));
        }

        await _server.RowAsync();
        Assert.All(_server.Presigned, static request => Assert.Equal("secret-tenant", request.Headers["X-Tenant"]));
        var others = _server.Requests.Where(static request => StorageServer.PathOf(request) is StorageServer.Upload or "/file/pic.png").ToArray();
        Assert.Equal(3, others.Length);
        Assert.All(others, static request =>
        {
            Assert.Empty(request.Headers.Authorization.ToString());
            Assert.Empty(request.Headers.Cookie.ToString());
            Assert.False(request.Headers.ContainsKey("X-Tenant"));
            Assert.DoesNotContain(request.Headers, static header => header.Value.ToString().Contains("test-key", StringComparison.Ordinal));
        });
    }

    [Theory]
    [InlineData(StorageServer.Presign, 307)]
    [InlineData(StorageServer.Upload, 302)]
    [InlineData(StorageServer.Upload, 307)]
    [InlineData("/file/pic.png", 302)]
    public async Task No_redirect_is_followed(string path, int status)
    {
        _server.Intercept = request => Task.FromResult<int?>(StorageServer.PathOf(request) == path ? status : null);
        await using var app = Application(static options => options.Attachments.UploadUrls = true);

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Attach(Attachment.FromUrl(new Uri($"{_server.Address}/file/pic.png")));
        }

        Assert.EndsWith($"answered with status {status}.", Assert.Single(await ErrorsAsync()), StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Requests, static request => request.Target == "/elsewhere");
    }

    [Fact]
    public async Task A_redirect_of_the_applications_own_client_is_a_failure()
    {
        _server.Intercept = static request => Task.FromResult<int?>(StorageServer.PathOf(request) == StorageServer.Presign ? 302 : null);
        using var client = new HttpClient();
        await using var app = Application(options => options.CreateHttpClient = () => client);

        Attach(app, "hello"u8.ToArray());

        Assert.StartsWith("Openlayer could not be reached", Assert.Single(await ErrorsAsync()), StringComparison.Ordinal);
        Assert.Empty(_server.Uploads);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"url":"ftp://example.com/a","storageUri":"s3://a"}""")]
    [InlineData("""{"url":"/relative","storageUri":"s3://a"}""")]
    [InlineData("""{"url":"https://example.com/a"}""")]
    [InlineData("""{"url":1,"storageUri":2}""")]
    public void An_answer_without_an_address_to_upload_to_is_none(string answer) => Assert.Null(StorageTarget.Read(System.Text.Encoding.UTF8.GetBytes(answer)));

    [Theory]
    [InlineData("a.TXT", "image/png", "txt")]
    [InlineData("pic.png?x=1.exe", "image/gif", "png")]
    [InlineData("noext", "audio/mpeg", "mp3")]
    [InlineData("noext", "image/jpeg", "jpg")]
    [InlineData("noext", "audio/x-wav", "wav")]
    [InlineData("noext", "audio/x-m4a", "m4a")]
    [InlineData("noext", "application/octet-stream", "bin")]
    [InlineData("a.b/../../c", "text/plain", "txt")]
    [InlineData("a.thisisnoextension", "application/pdf; charset=x", "pdf")]
    public void An_object_has_the_extension_of_the_name_else_that_of_the_media_type(string name, string mediaType, string extension) =>
        Assert.Equal(extension, StorageClient.Extension(name, mediaType));

    [Fact]
    public async Task What_is_uploaded_and_what_is_not_is_released_with_the_row()
    {
        _server.Intercept = static request => Task.FromResult<int?>(StorageServer.PathOf(request) == StorageServer.Upload && request.Body.Length > 5_000 ? 403 : null);
        await using var app = Application(static options => options.Attachments.MaxBytesInMemory = 10_000);

        Attach(app, new byte[100], new byte[6_000], new byte[20_000]);
        var store = app.Tracer.Steps.Capture.Attachments;
        await app.Tracer.FlushAsync(Cancellation);

        Assert.Equal([false, true, true], (await ErrorsAsync()).Select(static error => error is not null));
        await TracedApplication.UntilAsync(() => store.BytesInMemory + store.BytesOnDisk == 0);
    }

    [Theory]
    [InlineData("filtered")]
    [InlineData("not sampled")]
    [InlineData("other pipeline")]
    public async Task The_bytes_of_a_trace_that_is_not_sent_are_released(string reason)
    {
        await using var app = Application(options =>
        {
            options.Filter = reason == "filtered" ? static _ => false : null;
            options.SamplingRate = reason == "not sampled" ? 0 : 1;
            options.KeepFailures = true;
        });

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Trace.InferencePipelineId = reason == "other pipeline" ? "not/valid" : null;
            scope.Step.Attach(Attachment.FromBytes(new byte[100]));
            Assert.Equal(100, app.Tracer.Steps.Capture.Attachments.BytesInMemory);
        }

        await app.Tracer.FlushAsync(Cancellation);
        Assert.Equal(0, app.Tracer.Steps.Capture.Attachments.BytesInMemory);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [Trait("Clock", "Real")]
    [InlineData(StorageServer.Presign)]
    [InlineData(StorageServer.Upload)]
    public async Task A_tracer_that_is_disposed_while_the_storage_hangs_sends_the_row_in_time(string path)
    {
        var hang = new TaskCompletionSource<int?>();
        _server.Intercept = request => StorageServer.PathOf(request) == path ? hang.Task : Task.FromResult<int?>(null);
        var app = Application(static options =>
        {
            options.TimeProvider = TimeProvider.System;
            options.ShutdownTimeout = TimeSpan.FromSeconds(2);
        });

        Attach(app, "hello"u8.ToArray());
        await _server.WaitAsync(path, 1);
        var took = System.Diagnostics.Stopwatch.StartNew();
        await app.DisposeAsync();

        Assert.InRange(took.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal("It was not uploaded within OpenlayerOptions.Attachments.MaxDelay.", Assert.Single(await ErrorsAsync()));
        Assert.Equal((1, 0), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        hang.SetResult(500);
    }

    [Fact]
    public async Task Rows_that_wait_for_uploads_count_towards_the_queue()
    {
        var hang = new TaskCompletionSource<int?>();
        _server.Intercept = request => StorageServer.PathOf(request) == StorageServer.Upload ? hang.Task : Task.FromResult<int?>(null);
        await using var app = Application(static options => options.MaxQueueLength = 3);

        for (var number = 0; number < 5; number++)
        {
            Attach(app, [(byte)number]);
            await TracedApplication.UntilAsync(() => app.QueueLength + app.Meter.Dropped.Count == number + 1);
        }

        await TracedApplication.UntilAsync(() => app.Meter.Dropped.Count == 2);
        Assert.Equal(3, app.QueueLength);
        hang.SetResult(null);
        await app.Tracer.FlushAsync(Cancellation);
        Assert.Equal(3, app.Meter.Sent.Count);
    }

    [Fact]
    public async Task What_stands_in_the_row_under_the_id_of_an_attachment_is_patched_only_where_it_is_the_attachment()
    {
        await using var app = Application();

        using (var scope = app.Tracer.StartStep("root"))
        {
            var attachment = Attachment.FromBytes("hello"u8.ToArray(), "a.txt", metadata: new Dictionary<string, object?> { ["metadata"] = new { id = "x" } });
            scope.Step.Inputs["document"] = attachment;
            scope.Step.Inputs["list"] = new[] { new { nested = attachment } };
            scope.Step.Inputs["copy"] = new { id = attachment.Id };
            scope.Step.Metadata["json"] = $$"""{"id":"{{attachment.Id}}","mediaType":"text/plain"}""";
            scope.Step.Attach(attachment);
        }

        var step = (await _server.RowAsync()).GetProperty("steps")[0];
        var inputs = step.GetProperty("inputs");
        JsonElement[] attachments = [inputs.GetProperty("document"), inputs.GetProperty("list")[0].GetProperty("nested"), step.GetProperty("attachments")[0]];
        Assert.All(attachments, static found => Assert.Equal(
            ["id", "name", "mediaType", "storageUri", "sizeBytes", "checksumMd5", "metadata"], found.EnumerateObject().Select(static property => property.Name)));
        Assert.Equal(["id"], inputs.GetProperty("copy").EnumerateObject().Select(static property => property.Name));
        Assert.DoesNotContain("storageUri", step.GetProperty("metadata").ToString(), StringComparison.Ordinal);
        Assert.Single(_server.Uploads);
    }

    [Fact]
    public async Task An_attachment_in_an_object_is_uploaded_each_time_that_objects_of_its_class_are_captured()
    {
        await using var app = Application();

        for (byte number = 0; number < 3; number++)
        {
            using (var scope = app.Tracer.StartStep("root"))
            {
                var document = new Document("a", Attachment.FromBytes(new[] { number }));
                scope.Step.Inputs["documents"] = new[] { document };
                scope.Step.Output = document;
            }

            var step = (await _server.RowAsync()).GetProperty("steps")[0];
            Assert.True(step.GetProperty("inputs").GetProperty("documents")[0].GetProperty("File").TryGetProperty("storageUri", out _));
            Assert.True(step.GetProperty("output").GetProperty("File").TryGetProperty("storageUri", out _));
        }
    }

    [Fact]
    public async Task An_attachment_for_which_there_is_no_room_says_so()
    {
        await using var app = Application(static options => options.Attachments.MaxBytes = 10);

        Attach(app, new byte[11], new byte[10]);

        Assert.Equal(["It is larger than OpenlayerOptions.Attachments.MaxBytes.", null], await ErrorsAsync());
    }

    [Fact]
    public async Task Attachments_of_a_row_that_no_storage_takes_are_sent_as_they_are_if_uploads_are_off()
    {
        await using var app = Application(static options => options.Attachments.Upload = false);

        Attach(app, "hello"u8.ToArray());

        var attachment = (await _server.RowAsync()).GetProperty("steps")[0].GetProperty("attachments")[0];
        Assert.Equal(["id", "name", "mediaType", "sizeBytes", "checksumMd5"], attachment.EnumerateObject().Select(static property => property.Name));
        Assert.Empty(_server.Presigned);
    }

    private static void Attach(TracedApplication app, params byte[][] contents)
    {
        using var scope = app.Tracer.StartStep("root");
        foreach (var content in contents)
        {
            scope.Step.Attach(Attachment.FromBytes(content, "a.txt"));
        }
    }

    private async Task<string?[]> UrisAsync() => [.. (await AttachmentsAsync()).Select(static attachment =>
        attachment.TryGetProperty("storageUri", out var uri) ? uri.GetString() : null)];

    private async Task<string?[]> ErrorsAsync() => [.. (await AttachmentsAsync()).Select(static attachment =>
        attachment.TryGetProperty("metadata", out var metadata) ? metadata.GetProperty("uploadError").GetString() : null)];

    private async Task<JsonElement[]> AttachmentsAsync() =>
        [.. (await _server.RowAsync()).GetProperty("steps")[0].GetProperty("attachments").EnumerateArray()];

    private TracedApplication Application(Action<OpenlayerOptions>? configure = null) => new(options =>
    {
        _server.Configure(options);
        // Longer than any step of the clock.
        options.Attachments.MaxDelay = TimeSpan.FromHours(12);
        configure?.Invoke(options);
    });

    private sealed record Document(string Name, Attachment File);
}
