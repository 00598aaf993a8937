using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>An OpenAI-compatible server on loopback: answers chat completions, whole or as server-sent events, and counts them.</summary>
public sealed class OpenAIServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Queue<Func<JsonNode, HttpContext, Task>> _answers = new();
    private int _requests;

    private OpenAIServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>How many chat completions were asked for.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<OpenAIServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new OpenAIServer(builder.Build());
        server._app.MapPost("/v1/chat/completions", server.AnswerAsync);
        await server._app.StartAsync();
        server.Endpoint = new Uri(server._app.Urls.Single() + "/v1");
        return server;
    }

    /// <summary>Answers the next request with this text, in the shape that it asks for.</summary>
    public void AnswerText(string text, string model = "gpt-4o-mini-2024-07-18") => Enqueue((request, context) =>
        request["stream"]?.GetValue<bool>() == true
            ? StreamAsync(context, model, text.Split(' ').Select((word, index) => index == 0 ? word : " " + word))
            : context.Response.WriteAsJsonAsync(Completion(model, new { role = "assistant", content = text }, "stop")));

    /// <summary>Answers the next request, not streamed, with the wish to have a function called.</summary>
    public void AnswerToolCall(string name, object arguments) => Enqueue((_, context) =>
        context.Response.WriteAsJsonAsync(Completion(
            "gpt-4o-mini-2024-07-18",
            new
            {
                role = "assistant",
                content = (string?)null,
                tool_calls = new[]
                {
                    new { id = "call_1", type = "function", function = new { name, arguments = JsonSerializer.Serialize(arguments) } },
                },
            },
            "tool_calls")));

    /// <summary>Answers the next request with an error.</summary>
    public void AnswerError(int status) => Enqueue((_, context) =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { message = "refused", type = "invalid_request_error" } });
    });

    /// <summary>Answers the next streaming request with these words and then waits until it is aborted.</summary>
    public void AnswerThenHang(params string[] words) => Enqueue(async (_, context) =>
    {
        await WriteChunksAsync(context, "gpt-4o-mini-2024-07-18", words);
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static object Completion(string model, object message, string finishReason) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1_700_000_000,
        model,
        choices = new[] { new { index = 0, message, finish_reason = finishReason } },
        usage = new { prompt_tokens = 20, completion_tokens = 10, total_tokens = 30 },
    };

    private static async Task StreamAsync(HttpContext context, string model, IEnumerable<string> words)
    {
        await WriteChunksAsync(context, model, words);
        await WriteAsync(context, Chunk(model, new { }, "stop"));
        await WriteAsync(context, new
        {
            id = "chatcmpl-1",
            @object = "chat.completion.chunk",
            created = 1_700_000_000,
            model,
            choices = Array.Empty<object>(),
            usage = new { prompt_tokens = 20, completion_tokens = 10, total_tokens = 30 },
        });
        await context.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static async Task WriteChunksAsync(HttpContext context, string model, IEnumerable<string> words)
    {
        context.Response.ContentType = "text/event-stream";
        await WriteAsync(context, Chunk(model, new { role = "assistant", content = "" }, null));
        foreach (var word in words)
        {
            await WriteAsync(context, Chunk(model, new { content = word }, null));
        }
    }

    private static object Chunk(string model, object delta, string? finishReason) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1_700_000_000,
        model,
        choices = new[] { new { index = 0, delta, finish_reason = finishReason } },
    };

    private static async Task WriteAsync(HttpContext context, object chunk)
    {
        await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(chunk)}\n\n");
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
        Func<JsonNode, HttpContext, Task> answer;
        lock (_answers)
        {
            answer = _answers.Dequeue();
        }

        await answer(request, context);
    }
}
