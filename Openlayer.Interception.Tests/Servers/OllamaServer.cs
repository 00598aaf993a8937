using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A server on loopback for Ollama's API: chat and generate as lines of JSON, and embeddings. It counts requests.</summary>
public sealed class OllamaServer : IModelServer, IAsyncDisposable
{
    public const string DefaultAnswer = "The capital is Paris";

    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly WebApplication _app;
    private readonly Queue<Func<JsonNode, HttpContext, Task>> _answers = new();
    private int _requests;

    private OllamaServer(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Urls.Single());

    public int Requests => Volatile.Read(ref _requests);

    public string? ErrorRequestId => null;

    public static async Task<OllamaServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new OllamaServer(builder.Build());
        server._app.MapPost("/api/chat", context => server.AnswerAsync(context, (request, text) => new { role = "assistant", content = text }, "message"));
        server._app.MapPost("/api/generate", context => server.AnswerAsync(context, (request, text) => text, "response"));
        server._app.MapPost("/api/embed", context => server.AnswerAsync(context, null, "embeddings"));
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Answers the next chat with a tool call.</summary>
    public void AnswerToolCall(string name, object arguments) => Enqueue(async (request, context) =>
    {
        var message = new { role = "assistant", content = "", tool_calls = new[] { new { function = new { name, arguments } } } };
        if (request["stream"]?.GetValue<bool>() == false)
        {
            await WriteAsync(context, Done(message, "message"));
            return;
        }

        await WriteAsync(context, new { model = "llama3.2", created_at = Created, message, done = false });
        await WriteAsync(context, Done(new { role = "assistant", content = "" }, "message"));
    });

    /// <summary>Answers the next streaming chat with these messages, a line each.</summary>
    public void AnswerMessages(params object[] messages) => Enqueue(async (_, context) =>
    {
        foreach (var message in messages)
        {
            await WriteAsync(context, new { model = "llama3.2", created_at = Created, message, done = false });
        }

        await WriteAsync(context, Done(new { role = "assistant", content = "" }, "message"));
    });

    public void AnswerError(int status) => Enqueue((_, context) =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = "refused" });
    });

    /// <summary>Answers the next chat with these words, then waits until the request is aborted.</summary>
    public void AnswerThenHang(params string[] words) => AnswerThen(OpenAIServer.HangAsync, words);

    /// <inheritdoc/>
    public void AnswerThen(Func<HttpContext, Task> then, params string[] words) => Enqueue(async (request, context) =>
    {
        if (request["stream"]?.GetValue<bool>() == true)
        {
            foreach (var content in words)
            {
                await WriteAsync(context, new { model = "llama3.2", created_at = Created, message = new { role = "assistant", content }, response = content, done = false });
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

    private static JsonObject Done(object last, string name) => new()
    {
        ["model"] = "llama3.2",
        ["created_at"] = Created,
        [name] = JsonSerializer.SerializeToNode(last),
        ["done"] = true,
        ["done_reason"] = "stop",
        ["prompt_eval_count"] = 20,
        ["eval_count"] = 10,
    };

    private static async Task WriteAsync(HttpContext context, object line)
    {
        await context.Response.WriteAsync(JsonSerializer.Serialize(line) + "\n");
        await context.Response.Body.FlushAsync();
    }

    private void Enqueue(Func<JsonNode, HttpContext, Task> answer)
    {
        lock (_answers)
        {
            _answers.Enqueue(answer);
        }
    }

    private async Task AnswerAsync(HttpContext context, Func<JsonNode, string, object>? part, string name)
    {
        Interlocked.Increment(ref _requests);
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        Func<JsonNode, HttpContext, Task>? answer;
        lock (_answers)
        {
            _answers.TryDequeue(out answer);
        }

        if (answer is not null)
        {
            await answer(request, context);
        }
        else if (part is null)
        {
            var count = request["input"] is JsonArray inputs ? inputs.Count : 1;
            await context.Response.WriteAsJsonAsync(new
            {
                model = "nomic-embed-text",
                embeddings = Enumerable.Range(0, count).Select(static _ => new[] { 0.5f, 0.25f, 0.125f }),
                prompt_eval_count = 7,
            });
        }
        else if (request["stream"]?.GetValue<bool>() == false)
        {
            await WriteAsync(context, Done(part(request, DefaultAnswer), name));
        }
        else
        {
            foreach (var word in DefaultAnswer.Split(' ').Select(static (word, index) => index == 0 ? word : " " + word))
            {
                await WriteAsync(context, new JsonObject
                {
                    ["model"] = "llama3.2",
                    ["created_at"] = Created,
                    [name] = JsonSerializer.SerializeToNode(part(request, word)),
                    ["done"] = false,
                });
            }

            await WriteAsync(context, Done(part(request, ""), name));
        }
    }
}
