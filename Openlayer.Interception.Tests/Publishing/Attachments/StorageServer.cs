using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.Publishing.Attachments;

/// <summary>A real server on a free loopback port that stands in for Openlayer and for each kind of storage. It records all requests.</summary>
internal sealed class StorageServer : IAsyncDisposable
{
    public const string Presign = "/v1/storage/presigned-url";
    public const string Upload = "/upload/bucket";
    public const string DataStream = "/v1/inference-pipelines/pipe-1/data-stream";

    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private readonly WebApplication _application;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly Channel<JsonElement> _rows = Channel.CreateUnbounded<JsonElement>();

    private StorageServer() => _application = LoopbackApplication.Create(HandleAsync);

    public string Address => _application.Urls.Single();

    /// <summary>The path and query after the address that Openlayer names for uploads.</summary>
    public string UploadTarget { get; set; } = Upload;

    /// <summary>Whether Openlayer names fields of a form, as with S3.</summary>
    public bool HasFields { get; set; } = true;

    /// <summary>Answers instead of the server if it returns a status.</summary>
    public Func<ReceivedRequest, Task<int?>> Intercept { get; set; } = static _ => Task.FromResult<int?>(null);

    /// <summary>The answer to a request for a file.</summary>
    public byte[] File { get; set; } = [];

    public ReceivedRequest[] Requests => [.. _requests];

    public ReceivedRequest[] Uploads => [.. _requests.Where(static request => PathOf(request) == Upload)];

    public ReceivedRequest[] Presigned => [.. _requests.Where(static request => PathOf(request) == Presign)];

    public static async Task<StorageServer> StartAsync()
    {
        var server = new StorageServer();
        await server._application.StartAsync();
        return server;
    }

    public static string PathOf(ReceivedRequest request) => request.Target.Split('?')[0];

    /// <summary>Lets a tracer send its rows here, and upload its attachments.</summary>
    public void Configure(OpenlayerOptions options)
    {
        options.SendToOpenlayer = true;
        options.BaseUrl = new Uri($"{Address}/v1");
        options.ApiKey = "test-key";
        options.InferencePipelineId = "pipe-1";
        options.Attachments.Upload = true;
    }

    /// <summary>The next row. Waits for one.</summary>
    public async Task<JsonElement> RowAsync() => await _rows.Reader.ReadAsync().AsTask().WaitAsync(HungAfter);

    /// <summary>Waits until a number of requests have come to a path.</summary>
    public Task WaitAsync(string path, int count) =>
        TracedApplication.UntilAsync(() => _requests.Count(request => PathOf(request) == path) >= count);

    /// <summary>The parts of a form: their headers, and their bytes as Latin-1.</summary>
    public static async Task<(string[] Headers, string Body)[]> PartsAsync(ReceivedRequest request)
    {
        var boundary = request.Headers.ContentType.ToString().Split("boundary=")[1];
        var reader = new MultipartReader(boundary, new MemoryStream(request.Body));
        var parts = new List<(string[] Headers, string Body)>();
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            var body = new MemoryStream();
            await section.Body.CopyToAsync(body);
            parts.Add(([.. section.Headers!.Select(static header => $"{header.Key}: {header.Value}").Order()], Encoding.Latin1.GetString(body.ToArray())));
        }

        return [.. parts];
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new ReceivedRequest(context.Request.Method, target, new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray());
        _requests.Enqueue(request);
        try
        {
            if (await Intercept(request).WaitAsync(context.RequestAborted) is { } status)
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = status is >= 300 and < 400 ? $"{Address}/elsewhere" : default;
                return;
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        switch (PathOf(request))
        {
            case Presign:
                await context.Response.WriteAsync(Answer(context.Request.Query["objectName"].ToString()));
                break;
            case DataStream:
                foreach (var row in request.Json.GetProperty("rows").EnumerateArray())
                {
                    _rows.Writer.TryWrite(row.Clone());
                }

                break;
            case "/file/pic.png":
                await context.Response.Body.WriteAsync(File);
                break;
        }
    }

    private string Answer(string objectName)
    {
        var answer = new Dictionary<string, object> { ["url"] = Address + UploadTarget, ["storageUri"] = $"s3://bucket/{objectName}" };
        if (HasFields)
        {
            answer["fields"] = new Dictionary<string, string>
            {
                ["key"] = objectName,
                ["policy"] = "cG9saWN5",
                ["x-amz-credential"] = "cred",
                ["x-amz-signature"] = "sig",
            };
        }

        return JsonSerializer.Serialize(answer);
    }
}
