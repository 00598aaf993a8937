using System.Text;
using System.Text.Json;
using OpenAI.Chat;
using Openlayer.Interception.Tests.ModelClients;
using Openlayer.Interception.Tests.Publishing.Buffer;
using Openlayer.Interception.Tests.Publishing.Rows;

namespace Openlayer.Interception.Tests.Publishing.Attachments;

/// <summary>Attachments and their uploads equal those of the Python SDK, except for the faults that docs/attachments.md lists.</summary>
public sealed class RecordedUploadTests : IAsyncLifetime
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    private StorageServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StorageServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_golden_request_with_five_bytes_attached()
    {
        await using var app = Application(upload: false);

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Inputs["k"] = "v";
            scope.Step.Output = "x";
            scope.Step.Attach(Attachment.FromBytes(Hello, "a.txt", "text/plain"));
        }

        await _server.RowAsync();
        var request = Assert.Single(_server.Requests);
        new GoldenRequest("attachment").AssertEqual(request with { Target = request.Target["/v1".Length..] });
    }

    [Theory]
    [InlineData("attachments-no-upload", false)]
    [InlineData("attachments-upload-s3", true)]
    public async Task Bytes_a_file_a_stream_an_address_and_base64(string recording, bool upload)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        var note = Path.Combine(folder.Path, "note.txt");
        await File.WriteAllTextAsync(note, "from a file", Cancellation);
        await using var app = Application(upload, static options => options.Attachments.MaxParallelUploads = 1);

        using (var root = app.Tracer.StartStep("root"))
        {
            root.Step.Inputs["k"] = "v";
            root.Step.Output = "x";
            root.Step.Attach(Attachment.FromBytes(Hello, "a.txt"));
            root.Step.Attach(Attachment.FromFile(note, metadata: new Dictionary<string, object?> { ["pages"] = 1 }));
            root.Step.Attach(Attachment.FromStream(new MemoryStream("from a file"u8.ToArray()), "stream.bin"));
            root.Step.Attach(Attachment.FromFile(Path.Combine(folder.Path, "missing.txt")));
            root.Step.Attach(Attachment.FromUrl(new Uri("https://example.com/pic.png?x=1"), mediaType: "application/octet-stream"));
            root.Step.Attach(Attachment.FromBase64("aGVsbG8=", "b.txt"));
            root.Step.Attach(Attachment.FromBase64("aW5saW5l", "c.bin"));
            using var child = app.Tracer.StartStep("child");
            child.Step.Attach(Attachment.FromBytes(Hello, "again.txt"));
        }

        var row = await _server.RowAsync();
        var recorded = new Recording(recording);
        AssertSameExceptNulls(recorded.Step, row.GetProperty("steps")[0]);
        await recorded.AssertUploadsAsync(_server);
        Assert.DoesNotContain(folder.Path, row.ToString(), StringComparison.Ordinal);
        Assert.Contains(app.Log.Messages, static message => message.Contains("An attachment could not be read.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("attachments-upload-local", false, "", AttachmentStorage.Automatic)]
    [InlineData("attachments-upload-local", true, "", AttachmentStorage.Local)]
    [InlineData("attachments-upload-s3-no-fields", false, "", AttachmentStorage.S3)]
    [InlineData("attachments-upload-gcs", false, "", AttachmentStorage.GoogleCloud)]
    [InlineData("attachments-upload-azure", false, "", AttachmentStorage.Azure)]
    public async Task Each_storage_has_its_own_protocol(string recording, bool hasFields, string query, AttachmentStorage storage)
    {
        (_server.HasFields, _server.UploadTarget) = (hasFields, StorageServer.Upload + query);
        await using var app = Application(upload: true, options => options.Attachments.Storage = storage);

        AttachOne(app);

        var recorded = new Recording(recording);
        recorded.AssertRow(await _server.RowAsync());
        await recorded.AssertUploadsAsync(_server);
    }

    [Theory]
    [InlineData("?X-Goog-Signature=abc", "PUT", null)]
    [InlineData("?sv=2024-08-04&sig=abc", "PUT", "BlockBlob")]
    [InlineData("?X-Amz-Signature=abc", "POST", null)]
    public async Task The_storage_is_known_by_the_address_unless_the_option_names_it(string query, string method, string? blobType)
    {
        (_server.HasFields, _server.UploadTarget) = (false, StorageServer.Upload + query);
        await using var app = Application(upload: true);

        AttachOne(app);

        await _server.RowAsync();
        var request = Assert.Single(_server.Uploads);
        Assert.Equal((method, StorageServer.Upload + query), (request.Method, request.Target));
        Assert.Equal(blobType, request.Headers["x-ms-blob-type"].FirstOrDefault());
    }

    [Theory]
    [InlineData("attachments-presign-fails-404", StorageServer.Presign, 404, "Openlayer answered with status 404.")]
    [InlineData("attachments-upload-fails-403", StorageServer.Upload, 403, "The storage answered with status 403.")]
    public async Task A_failed_upload_is_said_in_the_row_which_is_sent_all_the_same(string recording, string path, int status, string error)
    {
        _server.Intercept = request => Task.FromResult<int?>(StorageServer.PathOf(request) == path ? status : null);
        await using var app = Application(upload: true);

        AttachOne(app);
        var row = await _server.RowAsync();

        // The Python SDK says nothing.
        var attachment = row.GetProperty("steps")[0].GetProperty("attachments")[0];
        Assert.Equal(error, attachment.GetProperty("metadata").GetProperty("uploadError").GetString());
        var recorded = new Recording(recording);
        var withError = recorded.Step.GetProperty("attachments")[0].ToString()[..^1] + $$$""", "metadata": {"uploadError": "{{{error}}}"}}""";
        Recording.AssertSame(JsonElement.Parse(withError), attachment);
        await recorded.AssertUploadsAsync(_server);
        Assert.Equal((0, 1), (app.Meter.AttachmentsUploaded.Count, app.Meter.AttachmentsFailed.Count));
        AttachOne(app);
        await _server.RowAsync();
        Assert.Single(app.Log.Messages, message => message.Contains(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("attachments-url-not-uploaded", false)]
    [InlineData("attachments-url-reupload", true)]
    public async Task An_address_is_fetched_and_uploaded_only_if_the_option_says_so(string recording, bool uploadUrls)
    {
        // Latin-1, as it is in the recording.
        _server.File = Encoding.Latin1.GetBytes("\u0089PNG external");
        await using var app = Application(upload: true, options => options.Attachments.UploadUrls = uploadUrls);

        using (var scope = app.Tracer.StartStep("root"))
        {
            scope.Step.Inputs["k"] = "v";
            scope.Step.Output = "x";
            scope.Step.Attach(Attachment.FromUrl(new Uri($"{_server.Address}/file/pic.png")));
        }

        var recorded = new Recording(recording);
        recorded.AssertRow(await _server.RowAsync());
        await recorded.AssertUploadsAsync(_server);
    }

    [Fact]
    public async Task An_argument_is_an_attachment_in_its_place_and_in_its_column()
    {
        await using var app = Application(upload: true);

        using (var call = app.StartCall("f_arg"))
        {
            call.Step.Inputs["doc"] = Attachment.FromBytes(Hello, "d.txt");
            call.Step.Inputs["q"] = "q";
            call.Step.Output = "r";
        }

        var recorded = new Recording("attachment-as-argument");
        recorded.AssertRow(await _server.RowAsync());
        await recorded.AssertUploadsAsync(_server);
    }

    [Fact]
    public async Task The_current_step_takes_attachments()
    {
        await using var app = Application(upload: true);

        using (var call = app.StartCall("f_log"))
        {
            call.Step.Inputs["q"] = "x";
            app.Tracer.CurrentStep!.Attach(Attachment.FromBytes(Hello, "a.txt", metadata: new Dictionary<string, object?> { ["m"] = 1 }));
            call.Step.Output = "r";
        }

        var recorded = new Recording("log-attachment");
        recorded.AssertRow(await _server.RowAsync());
        await recorded.AssertUploadsAsync(_server);
    }

    [Theory]
    [InlineData("content-items-no-upload", false)]
    [InlineData("content-items-upload", true)]
    public async Task Content_of_messages_is_a_list_of_items_with_attachments(string recording, bool upload)
    {
        await using var clients = await TestedClients.StartAsync(new()
        {
            Configure = options =>
            {
                _server.Configure(options);
                options.Attachments.Upload = upload;
            },
        });
        clients.OpenAI.AnswerMessage(new
        {
            role = "assistant",
            content = (string?)null,
            audio = new { id = "audio_1", data = "UklGRg==", transcript = "a cat", expires_at = 1_700_000_000 },
        });

        await clients.Get<ChatClient>().CompleteChatAsync(
            [
                new UserChatMessage(
                    ChatMessageContentPart.CreateTextPart("what is it?"),
                    ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Convert.FromBase64String("iVBORw0KGgo=")), "image/png"),
                    ChatMessageContentPart.CreateImagePart(new Uri("https://example.com/cat.jpg")),
                    ChatMessageContentPart.CreateInputAudioPart(BinaryData.FromBytes("RIFF"u8.ToArray()), ChatInputAudioFormat.Wav),
                    ChatMessageContentPart.CreateFilePart("file-1")),
            ],
            cancellationToken: Cancellation);

        var recorded = new Recording(recording);
        await clients.Tracer.FlushAsync(Cancellation);
        var row = await _server.RowAsync();
        var step = row.GetProperty("steps")[0];
        Recording.AssertSame(recorded.Step.GetProperty("inputs"), step.GetProperty("inputs"));
        Recording.AssertSame(recorded.Step.GetProperty("output"), step.GetProperty("output"));
        Recording.AssertSame(recorded.Step.GetProperty("inputs").GetProperty("prompt"), row.GetProperty("prompt"));
        Recording.AssertSame(recorded.Step.GetProperty("output"), row.GetProperty("output"));
        await recorded.AssertUploadsAsync(_server);
        Assert.DoesNotContain("UklGR", row.ToString(), StringComparison.Ordinal);
    }

    // A step without inputs has an empty object, where the Python SDK has null.
    private static void AssertSameExceptNulls(JsonElement expected, JsonElement actual) =>
        Recording.AssertSame(JsonElement.Parse(expected.ToString().Replace("\"inputs\": null", "\"inputs\": {}", StringComparison.Ordinal)), actual);

    private static void AttachOne(TracedApplication app)
    {
        using var scope = app.Tracer.StartStep("root");
        scope.Step.Inputs["k"] = "v";
        scope.Step.Output = "x";
        scope.Step.Attach(Attachment.FromBytes(Hello, "noext", "audio/mpeg"));
    }

    private TracedApplication Application(bool upload, Action<OpenlayerOptions>? configure = null) => new(options =>
    {
        _server.Configure(options);
        options.Attachments.Upload = upload;
        configure?.Invoke(options);
    });
}
