using System.ClientModel;
using System.ClientModel.Primitives;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Castle.DynamicProxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenAI;
using OpenAI.Chat;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Responses of a model that are compressed, with clients that decompress them and with clients that do not.</summary>
public sealed class CompressedBodyTests : IAsyncLifetime
{
    private const string Answer =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Paris"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}""";

    private const string Chunks =
        """
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":"Pa"}}]}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"ris"},"finish_reason":"stop"}]}

        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}

        data: [DONE]


        """;

    private readonly InMemoryTracePublisher _publisher = new();
    private WebApplication _server = null!;
    private OpenlayerTracer _tracer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Bodies()
    {
        var bodies = new TheoryData<string, bool>();
        foreach (var encoding in new[] { "gzip", "br", "deflate" })
        {
            bodies.Add(encoding, true);
            bodies.Add(encoding, false);
        }

        return bodies;
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapPost("/{encoding}/chat/completions", static async (string encoding, HttpContext context) =>
        {
            var request = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            var isStreamed = request.TryGetProperty("stream", out var stream) && stream.GetBoolean();
            context.Response.ContentType = isStreamed ? "text/event-stream" : "application/json";
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(Compressed(encoding, isStreamed ? Chunks.ReplaceLineEndings("\n") : Answer));
        });
        await _server.StartAsync(Cancellation);
        _tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { _publisher } });
    }

    public async ValueTask DisposeAsync()
    {
        await _tracer.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_response_that_is_decompressed_below_the_client_is_read_as_any_other(string encoding, bool isStreamed)
    {
        var chat = Client(encoding, DecompressionMethods.All);

        var text = isStreamed ? "" : (await chat.CompleteChatAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation)).Value.Content[0].Text;
        if (isStreamed)
        {
            await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation))
            {
                text += string.Concat(update.ContentUpdate.Select(static part => part.Text));
            }
        }

        Assert.Equal("Paris", text);
        await AssertStepAsync();
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_response_that_the_caller_decompresses_is_read_and_reaches_the_caller_unchanged(string encoding, bool isStreamed)
    {
        var chat = Client(encoding, DecompressionMethods.None);
        var request = BinaryContent.Create(BinaryData.FromString(
            $$"""{"model":"gpt-4o-mini","stream":{{(isStreamed ? "true" : "false")}},"messages":[{"role":"user","content":"capital?"}]}"""));

        var options = new RequestOptions { BufferResponse = !isStreamed, CancellationToken = Cancellation };
        var response = (await chat.CompleteChatAsync(request, options)).GetRawResponse();
        var body = isStreamed ? response.ContentStream! : response.Content.ToStream();
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, Cancellation);
        await body.DisposeAsync();

        Assert.Equal(Compressed(encoding, isStreamed ? Chunks.ReplaceLineEndings("\n") : Answer), copy.ToArray());
        await AssertStepAsync();
    }

    private static byte[] Compressed(string encoding, string text)
    {
        using var body = new MemoryStream();
        using (Stream compressing = encoding switch
        {
            "gzip" => new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(body, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            compressing.Write(Encoding.UTF8.GetBytes(text));
        }

        return body.ToArray();
    }

    private ChatClient Client(string encoding, DecompressionMethods methods) => new ProxyGenerator().CreateClassProxyWithTarget(
        new ChatClient(
            "gpt-4o-mini",
            new ApiKeyCredential("key"),
            new OpenAIClientOptions
            {
                Endpoint = new Uri($"{_server.Urls.Single()}/{encoding}"),
                RetryPolicy = new ClientRetryPolicy(0),
                Transport = new HttpClientPipelineTransport(new HttpClient(new SocketsHttpHandler { AutomaticDecompression = methods })),
            }),
        new OpenlayerInterceptor(_tracer));

    private async Task AssertStepAsync()
    {
        await _tracer.FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(_publisher.Traces).Root);
        Assert.Equal("Paris", step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
    }
}
