using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A server on loopback for Anthropic's messages API, whole or as server-sent events. It counts requests.</summary>
public sealed class AnthropicServer : IModelServer, IAsyncDisposable
{
    public const string DefaultAnswer = "The capital is Paris";

    public const string RequestId = "req_1";

    private readonly WebApplication _app;
    private readonly Queue<Func<JsonNode, HttpContext, Task>> _answers = new();
    private int _requests;

    private AnthropicServer(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Urls.Single());

    public int Requests => Volatile.Read(ref _requests);

    public string? ErrorRequestId => RequestId;

    public static async Task<AnthropicServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new AnthropicServer(builder.Build());
        server._app.MapPost("/v1/messages", server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Answers the next request with these content blocks.</summary>
    public void Answer(string stopReason, params object[] content) =>
        Enqueue((request, context) => AnswerAsync(request, context, stopReason, content));

    /// <summary>Answers the next request with an error.</summary>
    public void AnswerError(int status) => Enqueue((_, context) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers["request-id"] = RequestId;
        context.Response.Headers["retry-after-ms"] = "1";
        return context.Response.WriteAsJsonAsync(new { type = "error", error = new { type = "authentication_error", message = "refused" }, request_id = RequestId });
    });

    /// <inheritdoc/>
    public void AnswerToolCall(string name, object arguments) =>
        Answer("tool_use", new { type = "tool_use", id = "toolu_1", name, input = arguments });

    /// <summary>Answers the next streaming request with these words, then waits until the request is aborted.</summary>
    public void AnswerThenHang(params string[] words) => AnswerThen(OpenAIServer.HangAsync, words);

    /// <inheritdoc/>
    public void AnswerThen(Func<HttpContext, Task> then, params string[] words) => Enqueue(async (request, context) =>
    {
        if (request["stream"]?.GetValue<bool>() == true)
        {
            context.Response.ContentType = "text/event-stream";
            await WriteAsync(context, Start());
            await WriteAsync(context, new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } });
            foreach (var text in words)
            {
                await WriteAsync(context, new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text } });
            }
        }

        await then(context);
    });

    /// <inheritdoc/>
    public void Forget()
    {
        lock (_answers)
        {
            _answers.Clear();
        }
    }

    /// <inheritdoc/>
    public void AnswerWith(RequestDelegate answer) => Enqueue((_, context) => answer(context));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static object Message(object[] content, string? stopReason, int outputTokens) => new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model = "claude-sonnet-4-5-20250929",
        content,
        stop_reason = stopReason,
        stop_sequence = (string?)null,
        usage = new { input_tokens = 20, cache_read_input_tokens = 4, output_tokens = outputTokens },
    };

    private static object Start() => new { type = "message_start", message = Message([], null, 1) };

    private static async Task AnswerAsync(JsonNode request, HttpContext context, string stopReason, object[] content)
    {
        if (request["stream"]?.GetValue<bool>() != true)
        {
            await context.Response.WriteAsJsonAsync(Message(content, stopReason, 10));
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await WriteAsync(context, Start());
        for (var index = 0; index < content.Length; index++)
        {
            var block = JsonSerializer.SerializeToNode(content[index])!;
            var isText = block["type"]!.GetValue<string>() == "text";
            var deltas = isText
                ? block["text"]!.GetValue<string>().Split(' ').Select(static (word, at) => (object)new { type = "text_delta", text = at == 0 ? word : " " + word })
                : block["input"] is null ? [] : block["input"]!.ToJsonString().Chunk(5).Select(static piece => (object)new { type = "input_json_delta", partial_json = new string(piece) });
            if (isText || block["input"] is not null)
            {
                block[isText ? "text" : "input"] = isText ? "" : new JsonObject();
            }

            await WriteAsync(context, new { type = "content_block_start", index, content_block = block });
            foreach (var delta in deltas)
            {
                await WriteAsync(context, new { type = "content_block_delta", index, delta });
            }

            await WriteAsync(context, new { type = "content_block_stop", index });
        }

        await WriteAsync(context, new { type = "message_delta", delta = new { stop_reason = stopReason, stop_sequence = (string?)null }, usage = new { output_tokens = 10 } });
        await WriteAsync(context, new { type = "message_stop" });
    }

    private static async Task WriteAsync(HttpContext context, object data)
    {
        var json = JsonSerializer.SerializeToNode(data)!;
        await context.Response.WriteAsync($"event: {json["type"]}\ndata: {json.ToJsonString()}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private void Enqueue(Func<JsonNode, HttpContext, Task> answer)
    {
        lock (_answers)
        {
            _answers.Enqueue(answer);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        Func<JsonNode, HttpContext, Task>? answer;
        lock (_answers)
        {
            _answers.TryDequeue(out answer);
        }

        await (answer?.Invoke(request, context) ?? AnswerAsync(request, context, "end_turn", [new { type = "text", text = DefaultAnswer }]));
    }
}
