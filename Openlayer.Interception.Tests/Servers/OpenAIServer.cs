using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>
/// An OpenAI-compatible server on loopback: chat completions, responses and embeddings, whole or as server-sent events, also under Azure's
/// paths. It counts requests. Requests without an answer of their own get <see cref="DefaultAnswer"/>.
/// </summary>
public sealed class OpenAIServer : IModelServer, IAsyncDisposable
{
    public const string DefaultAnswer = "The capital is Paris";

    public const string RequestId = "req-1";

    private const string Model = "gpt-4o-mini-2024-07-18";

    private readonly WebApplication _app;
    private readonly Queue<Func<JsonNode, HttpContext, Task>> _answers = new();
    private int _requests;
    private Action<HttpContext>? _observe;

    private OpenAIServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>The same server, as an Azure resource.</summary>
    public Uri AzureEndpoint => new(_app.Urls.Single());

    /// <summary>The number of requests received.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public string ErrorRequestId => RequestId;

    public static async Task<OpenAIServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new OpenAIServer(builder.Build());
        server._app.MapPost("/v1/chat/completions", server.AnswerAsync);
        server._app.MapPost("/openai/deployments/{deployment}/chat/completions", server.AnswerAsync);
        server._app.MapPost("/v1/embeddings", server.EmbedAsync);
        server._app.MapPost("/openai/deployments/{deployment}/embeddings", server.EmbedAsync);
        server._app.MapPost("/v1/responses", server.RespondAsync);
        server._app.MapPost("/openai/responses", server.RespondAsync);
        await server._app.StartAsync();
        server.Endpoint = new Uri(server._app.Urls.Single() + "/v1");
        return server;
    }

    /// <summary>Answers the next request with this text, whole or streamed as the request asks.</summary>
    public void AnswerText(string text, string model = "gpt-4o-mini-2024-07-18") => Enqueue((request, context) =>
        IsStreamed(request)
            ? StreamAsync(context, model, Words(text))
            : context.Response.WriteAsJsonAsync(Completion(model, new { role = "assistant", content = text }, "stop")));

    /// <inheritdoc/>
    public void AnswerToolCall(string name, object arguments) => Enqueue((request, context) =>
    {
        var json = JsonSerializer.Serialize(arguments);
        if (IsResponse(context))
        {
            return RespondAsync(request, context, [new { id = "fc_1", type = "function_call", status = "completed", call_id = "call_1", name, arguments = json }]);
        }

        var message = new
        {
            role = "assistant",
            content = (string?)null,
            tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name, arguments = json } } },
        };
        return IsStreamed(request)
            ? StreamAsync(context, "tool_calls", message)
            : context.Response.WriteAsJsonAsync(Completion(Model, message, "tool_calls"));
    });

    /// <summary>Answers the next chat completion with calls of these tools, whose ids are <c>call_1</c>, <c>call_2</c> and so on.</summary>
    public void AnswerToolCalls(params (string Name, object Arguments)[] calls) => Enqueue((request, context) =>
    {
        var message = new
        {
            role = "assistant",
            content = (string?)null,
            tool_calls = calls.Select(static (call, index) => new
            {
                index,
                id = $"call_{index + 1}",
                type = "function",
                function = new { name = call.Name, arguments = JsonSerializer.Serialize(call.Arguments) },
            }).ToArray(),
        };
        return IsStreamed(request)
            ? StreamAsync(context, "tool_calls", message)
            : context.Response.WriteAsJsonAsync(Completion(Model, message, "tool_calls"));
    });

    /// <summary>
    /// Answers the next chat completion with several choices: the text of each, and its tool call, if any. If streamed, their pieces alternate.
    /// </summary>
    public void AnswerChoices(string[] texts, string?[] functions) => Enqueue(async (request, context) =>
    {
        var calls = functions.Select(static (name, number) => name is null
            ? null
            : new[] { new { index = 0, id = $"call_{number}", type = "function", function = new { name, arguments = """{"city":"Paris"}""" } } }).ToArray();
        if (!IsStreamed(request))
        {
            await context.Response.WriteAsJsonAsync(Completion(texts.Select((content, index) => new
            {
                index,
                message = new { role = "assistant", content, tool_calls = calls[index] },
                finish_reason = "stop",
            })));
            return;
        }

        context.Response.ContentType = "text/event-stream";
        for (var length = 0; length < texts.Max(static text => text.Length); length++)
        {
            for (var index = 0; index < texts.Length; index++)
            {
                if (length < texts[index].Length)
                {
                    await WriteAsync(context, Chunk(Model, new { content = texts[index][length..(length + 1)] }, null, index));
                }
            }
        }

        for (var index = 0; index < calls.Length; index++)
        {
            if (calls[index] is { } call)
            {
                await WriteAsync(context, Chunk(Model, new { tool_calls = call }, null, index));
            }
        }

        await EndAsync(context, Model, "stop");
    });

    /// <summary>Answers the next chat completion with this whole message.</summary>
    public void AnswerMessage(object message, object? usage = null) =>
        Enqueue((_, context) => context.Response.WriteAsJsonAsync(Completion(Model, message, "stop", usage)));

    /// <summary>Answers the next streaming chat completion with these deltas, then a chunk with the usage and no choices.</summary>
    public void AnswerDeltas(string finishReason, params object[] deltas) => Enqueue((_, context) => StreamAsync(context, finishReason, deltas));

    /// <summary>Answers the next request for a streamed response with these events.</summary>
    public void AnswerEvents(params object[] events) => Enqueue((_, context) =>
    {
        context.Response.ContentType = "text/event-stream";
        return WriteEventsAsync(context, [.. events]);
    });

    /// <summary>Answers the next response, streamed or not, with these output items.</summary>
    public void AnswerOutput(params object[] output) => Enqueue((request, context) => RespondAsync(request, context, output));

    /// <summary>Answers the next streaming request with these words, then breaks the connection when the task completes.</summary>
    public void AnswerThenBreak(Task when, params string[] words) => AnswerThen(
        async context =>
        {
            await when;
            context.Abort();
        },
        words);

    /// <summary>Passes each request to an action before it is answered.</summary>
    public void Observe(Action<HttpContext> observe) => _observe = observe;

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

    /// <summary>Answers the next request with an error.</summary>
    public void AnswerError(int status) => Enqueue((_, context) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-request-id"] = RequestId;
        context.Response.Headers["retry-after-ms"] = "1";
        return context.Response.WriteAsJsonAsync(new { error = new { message = "refused", type = "invalid_request_error" } });
    });

    /// <summary>Answers the next streaming request with these words, then waits until the request is aborted.</summary>
    public void AnswerThenHang(params string[] words) => AnswerThen(HangAsync, words);

    /// <inheritdoc/>
    public void AnswerThen(Func<HttpContext, Task> then, params string[] words) => Enqueue(async (request, context) =>
    {
        if (IsStreamed(request))
        {
            await (IsResponse(context) ? BeginResponseAsync(context, words) : WriteChunksAsync(context, Model, words));
        }

        await then(context);
    });

    /// <summary>Waits until a request is aborted or the server stops: not every client closes a connection after a time-out.</summary>
    public static async Task HangAsync(HttpContext context)
    {
        var ended = new TaskCompletionSource();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await using var onAbort = context.RequestAborted.Register(() => ended.TrySetResult());
        await using var onStop = stopping.Register(() => ended.TrySetResult());
        await ended.Task;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static bool IsStreamed(JsonNode request) => request["stream"]?.GetValue<bool>() == true;

    private static bool IsResponse(HttpContext context) => context.Request.Path.Value!.EndsWith("/responses", StringComparison.Ordinal);

    private static object Completion(string model, object message, string finishReason, object? usage = null) =>
        Completion(new[] { new { index = 0, message, finish_reason = finishReason } }, model, usage);

    private static object Completion(IEnumerable<object> choices, string model = Model, object? usage = null) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1_700_000_000,
        model,
        choices,
        usage = usage ?? new { prompt_tokens = 20, completion_tokens = 10, total_tokens = 30 },
    };

    private static async Task StreamAsync(HttpContext context, string model, IEnumerable<string> words)
    {
        await WriteChunksAsync(context, model, words);
        await EndAsync(context, model, "stop");
    }

    private static async Task StreamAsync(HttpContext context, string finishReason, params object[] deltas)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var delta in deltas)
        {
            await WriteAsync(context, Chunk(Model, delta, null));
        }

        await EndAsync(context, Model, finishReason);
    }

    private static async Task EndAsync(HttpContext context, string model, string finishReason)
    {
        await WriteAsync(context, Chunk(model, new { }, finishReason));
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

    private static object Chunk(string model, object delta, string? finishReason, int index = 0) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1_700_000_000,
        model,
        choices = new[] { new { index, delta, finish_reason = finishReason } },
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
        var (request, answer) = await ReceiveAsync(context);
        await (answer?.Invoke(request, context)
            ?? (IsStreamed(request)
                ? StreamAsync(context, Model, Words(DefaultAnswer))
                : context.Response.WriteAsJsonAsync(Completion(Model, new { role = "assistant", content = DefaultAnswer }, "stop"))));
    }

    private async Task EmbedAsync(HttpContext context)
    {
        var (request, answer) = await ReceiveAsync(context);
        var count = request["input"] is JsonArray inputs ? inputs.Count : 1;
        await (answer?.Invoke(request, context) ?? context.Response.WriteAsJsonAsync(new
        {
            @object = "list",
            model = "text-embedding-3-small",
            data = Enumerable.Range(0, count).Select(index => new
            {
                @object = "embedding",
                index,
                embedding = request["encoding_format"]?.GetValue<string>() == "base64"
                    ? (object)Convert.ToBase64String(MemoryMarshal.AsBytes<float>([0.5f, 0.25f, 0.125f]))
                    : new[] { 0.5f, 0.25f, 0.125f },
            }),
            usage = new { prompt_tokens = 7, total_tokens = 7 },
        }));
    }

    private async Task RespondAsync(HttpContext context)
    {
        var (request, answer) = await ReceiveAsync(context);
        await (answer?.Invoke(request, context) ?? RespondAsync(request, context, [OutputText(DefaultAnswer)]));
    }

    private static object OutputText(string text) => new
    {
        id = "msg_1",
        type = "message",
        status = "completed",
        role = "assistant",
        content = new[] { new { type = "output_text", text, annotations = Array.Empty<object>() } },
    };

    private static async Task RespondAsync(JsonNode request, HttpContext context, object[] output)
    {
        var response = new
        {
            id = "resp_1",
            @object = "response",
            created_at = 1_700_000_000,
            status = "completed",
            model = Model,
            output,
            parallel_tool_calls = true,
            tools = Array.Empty<object>(),
            usage = new
            {
                input_tokens = 20,
                input_tokens_details = new { cached_tokens = 4 },
                output_tokens = 10,
                output_tokens_details = new { reasoning_tokens = 3 },
                total_tokens = 30,
            },
        };
        if (!IsStreamed(request))
        {
            await context.Response.WriteAsJsonAsync(response);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        var events = new List<object> { new { type = "response.created", response = new { response.id, response.@object, response.created_at, status = "in_progress", response.model, output = Array.Empty<object>(), response.parallel_tool_calls, response.tools } } };
        for (var index = 0; index < output.Length; index++)
        {
            var item = JsonSerializer.SerializeToNode(output[index])!;
            events.Add(new { type = "response.output_item.added", output_index = index, item = Begun(item) });
            if (item["type"]!.GetValue<string>() == "message")
            {
                events.AddRange(Words(item["content"]![0]!["text"]!.GetValue<string>()).Select(delta =>
                    new { type = "response.output_text.delta", item_id = "msg_1", output_index = index, content_index = 0, delta }));
            }
            else
            {
                var arguments = item["arguments"]!.GetValue<string>();
                events.AddRange(arguments.Chunk(5).Select(delta =>
                    new { type = "response.function_call_arguments.delta", item_id = "fc_1", output_index = index, delta = new string(delta) }));
            }

            events.Add(new { type = "response.output_item.done", output_index = index, item });
        }

        events.Add(new { type = "response.completed", response });
        await WriteEventsAsync(context, events);
    }

    private static async Task BeginResponseAsync(HttpContext context, string[] words)
    {
        context.Response.ContentType = "text/event-stream";
        var response = new { id = "resp_1", @object = "response", created_at = 1_700_000_000, status = "in_progress", model = Model, output = Array.Empty<object>(), parallel_tool_calls = true, tools = Array.Empty<object>() };
        await WriteEventsAsync(
            context,
            [
                new { type = "response.created", response },
                new { type = "response.output_item.added", output_index = 0, item = Begun(JsonSerializer.SerializeToNode(OutputText(""))!) },
                .. words.Select(static delta => new { type = "response.output_text.delta", item_id = "msg_1", output_index = 0, content_index = 0, delta }),
            ]);
    }

    private static async Task WriteEventsAsync(HttpContext context, List<object> events)
    {
        for (var number = 0; number < events.Count; number++)
        {
            var data = JsonSerializer.SerializeToNode(events[number])!;
            data["sequence_number"] = number;
            await context.Response.WriteAsync($"event: {data["type"]}\ndata: {data.ToJsonString()}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }

    private static JsonNode Begun(JsonNode item)
    {
        var begun = item.DeepClone();
        begun["status"] = "in_progress";
        if (begun["arguments"] is not null)
        {
            begun["arguments"] = "";
        }

        if (begun["content"] is not null)
        {
            begun["content"] = new JsonArray();
        }

        return begun;
    }

    private static IEnumerable<string> Words(string text) => text.Split(' ').Select(static (word, index) => index == 0 ? word : " " + word);

    private async Task<(JsonNode Request, Func<JsonNode, HttpContext, Task>? Answer)> ReceiveAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        _observe?.Invoke(context);
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        lock (_answers)
        {
            return (request, _answers.TryDequeue(out var answer) ? answer : null);
        }
    }
}
