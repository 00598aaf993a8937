using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>
/// OpenAI's API on loopback for images, audio, moderations and realtime sessions, as its reference describes them, whole or as server-sent events.
/// </summary>
public sealed class OpenAIMediaServer : IAsyncDisposable
{
    public const string Transcript = "The capital is Paris";

    /// <summary>The start of a PNG file, and bytes that are none.</summary>
    public static readonly byte[] Image = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x23, 0x45, 0x67, 0x89];

    /// <summary>The start of an MP3 file with a tag, and bytes that are none.</summary>
    public static readonly byte[] Speech = [0x49, 0x44, 0x33, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x23, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54];

    private static readonly object ImageUsage = new
    {
        input_tokens = 12,
        input_tokens_details = new { text_tokens = 8, image_tokens = 4 },
        output_tokens = 196,
        output_tokens_details = new { text_tokens = 0, image_tokens = 196 },
        total_tokens = 208,
    };

    private static readonly object TranscriptionUsage = new
    {
        type = "tokens",
        input_tokens = 14,
        input_token_details = new { text_tokens = 4, audio_tokens = 10 },
        output_tokens = 6,
        total_tokens = 20,
    };

    private readonly WebApplication _app;
    private int? _error;

    private OpenAIMediaServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>The number of requests received. A session is one.</summary>
    public int Requests { get; private set; }

    /// <summary>Whether a session ends in the middle of its first response.</summary>
    public bool BreaksResponses { get; set; }

    public static async Task<OpenAIMediaServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new OpenAIMediaServer(builder.Build());
        server._app.UseWebSockets();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        server.Endpoint = new Uri(server._app.Urls.Single() + "/v1");
        return server;
    }

    /// <summary>Answers the next request with an error.</summary>
    public void AnswerError(int status) => _error = status;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        Requests++;
        if (_error is { } status)
        {
            _error = null;
            context.Response.StatusCode = status;
            context.Response.Headers["x-request-id"] = OpenAIServer.RequestId;
            return context.Response.WriteAsJsonAsync(new { error = new { message = "Refused.", type = "invalid_request_error", code = "refused" } });
        }

        return context.Request.Path.Value!["/v1".Length..] switch
        {
            "/images/generations" or "/images/edits" or "/images/variations" => GenerateAsync(context),
            "/audio/transcriptions" or "/audio/translations" => TranscribeAsync(context),
            "/audio/speech" => SpeakAsync(context),
            "/moderations" => ModerateAsync(context),
            "/realtime" => ConverseAsync(context),
            _ => Task.FromResult(context.Response.StatusCode = StatusCodes.Status404NotFound),
        };
    }

    private static async Task GenerateAsync(HttpContext context)
    {
        var count = 1;
        var isStreamed = false;
        if (context.Request.HasFormContentType)
        {
            var form = await context.Request.ReadFormAsync();
            count = int.TryParse(form["n"], out var requested) ? requested : 1;
        }
        else
        {
            var request = (await JsonNode.ParseAsync(context.Request.Body))!;
            count = request["n"]?.GetValue<int>() ?? 1;
            isStreamed = request["stream"]?.GetValue<bool>() == true;
        }

        var image = Convert.ToBase64String(Image);
        await (isStreamed
            ? WriteEventsAsync(
                context,
                new { type = "image_generation.partial_image", b64_json = image, partial_image_index = 0, output_format = "png" },
                new { type = "image_generation.completed", b64_json = image, output_format = "png", usage = ImageUsage })
            : context.Response.WriteAsJsonAsync(new
            {
                created = 1_700_000_000,
                data = Enumerable.Range(0, count).Select(_ => new { b64_json = image, revised_prompt = "A grey cat." }),
                output_format = "png",
                usage = ImageUsage,
            }));
    }

    private static async Task TranscribeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (form["stream"] == "true")
        {
            await WriteEventsAsync(
                context,
                [
                    .. Words(Transcript).Select(static delta => new { type = "transcript.text.delta", delta }),
                    new { type = "transcript.text.done", text = Transcript, usage = TranscriptionUsage },
                ]);
            return;
        }

        await context.Response.WriteAsJsonAsync((string?)form["response_format"] switch
        {
            "verbose_json" => new
            {
                task = "transcribe",
                language = "english",
                duration = 2.5,
                text = Transcript,
                segments = Array.Empty<object>(),
                usage = new { type = "duration", seconds = 3 },
            },
            _ => (object)new { text = Transcript, usage = TranscriptionUsage },
        });
    }

    private static async Task SpeakAsync(HttpContext context)
    {
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        if ((string?)request["stream_format"] == "sse")
        {
            var audio = Convert.ToBase64String(Speech);
            await WriteEventsAsync(
                context,
                new { type = "speech.audio.delta", audio },
                new { type = "speech.audio.delta", audio },
                new { type = "speech.audio.done", usage = new { input_tokens = 5, output_tokens = 40, total_tokens = 45 } });
            return;
        }

        context.Response.ContentType = "audio/mpeg";
        await context.Response.Body.WriteAsync(Speech);
    }

    private static async Task ModerateAsync(HttpContext context)
    {
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        var count = request["input"] is JsonArray inputs && inputs[0]!.GetValueKind() == JsonValueKind.String ? inputs.Count : 1;
        var scores = Categories().ToDictionary(static name => name, static name => name == "violence" ? 0.5 : 0.25);
        await context.Response.WriteAsJsonAsync(new
        {
            id = "modr-1",
            model = "omni-moderation-latest",
            results = Enumerable.Range(0, count).Select(_ => new
            {
                flagged = true,
                categories = Categories().ToDictionary(static name => name, static name => name == "violence"),
                category_scores = scores,
                category_applied_input_types = Categories().ToDictionary(static name => name, static _ => new[] { "text" }),
            }),
        });
    }

    private static string[] Categories() =>
    [
        "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm", "self-harm/instructions",
        "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
    ];

    private async Task ConverseAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("realtime");
        var model = (string?)context.Request.Query["model"];
        await SendAsync(socket, new { type = "session.created", event_id = "e", session = new { type = "realtime", id = "sess_1", model } });
        for (var responses = 0; await ReceiveAsync(socket) is { } message;)
        {
            switch ((string?)message["type"])
            {
                case "conversation.item.create":
                    var item = message["item"]!.DeepClone();
                    item["id"] ??= $"item_{Guid.NewGuid():N}";
                    await SendAsync(socket, new { type = "conversation.item.added", event_id = "e", item });
                    await SendAsync(socket, new { type = "conversation.item.done", event_id = "e", item });
                    if (item["content"]?[0]?["type"]?.GetValue<string>() == "input_audio")
                    {
                        await SendAsync(socket, new
                        {
                            type = "conversation.item.input_audio_transcription.completed",
                            event_id = "e",
                            item_id = item["id"],
                            content_index = 0,
                            transcript = "What is the capital?",
                            usage = new { type = "duration", seconds = 2 },
                        });
                    }

                    break;
                case "response.create" when BreaksResponses:
                    await StartAsync(socket, "resp_1");
                    await SendAsync(socket, Delta("resp_1", "The"));
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
                    return;
                case "response.create":
                    await RespondAsync(socket, $"resp_{++responses}", responses == 1 && message["response"]?["tools"] is JsonArray { Count: > 0 });
                    break;
                default:
                    break;
            }
        }
    }

    private static Task StartAsync(WebSocket socket, string id) => SendAsync(
        socket, new { type = "response.created", event_id = "e", response = new { id, @object = "realtime.response", status = "in_progress", output = Array.Empty<object>() } });

    private static async Task RespondAsync(WebSocket socket, string id, bool callsTool)
    {
        await StartAsync(socket, id);
        object output = callsTool
            ? new { id = "item_fc", @object = "realtime.item", type = "function_call", status = "completed", call_id = "call_1", name = "find_weather", arguments = """{"city":"Paris"}""" }
            : new
            {
                id = "item_out",
                @object = "realtime.item",
                type = "message",
                status = "completed",
                role = "assistant",
                content = new[] { new { type = "output_audio", transcript = Transcript } },
            };
        await SendAsync(socket, new { type = "conversation.item.added", event_id = "e", item = output });
        if (!callsTool)
        {
            foreach (var delta in Words(Transcript))
            {
                await SendAsync(socket, Delta(id, delta));
            }

            await SendAsync(socket, new
            {
                type = "response.output_audio.delta",
                event_id = "e",
                response_id = id,
                item_id = "item_out",
                output_index = 0,
                content_index = 0,
                delta = Convert.ToBase64String(Speech),
            });
        }

        await SendAsync(socket, new
        {
            type = "response.done",
            event_id = "e",
            response = new
            {
                id,
                @object = "realtime.response",
                status = "completed",
                output = new[] { output },
                usage = new
                {
                    total_tokens = 30,
                    input_tokens = 20,
                    output_tokens = 10,
                    input_token_details = new { cached_tokens = 4, text_tokens = 15, audio_tokens = 5 },
                    output_token_details = new { text_tokens = 3, audio_tokens = 7 },
                },
            },
        });
    }

    private static object Delta(string id, string delta) => new
    {
        type = "response.output_audio_transcript.delta",
        event_id = "e",
        response_id = id,
        item_id = "item_out",
        output_index = 0,
        content_index = 0,
        delta,
    };

    private static IEnumerable<string> Words(string text) => text.Split(' ').Select(static (word, index) => index == 0 ? word : " " + word);

    private static Task SendAsync(WebSocket socket, object message) =>
        socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, default);

    private static async Task<JsonNode?> ReceiveAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            WebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer, default);
            }
            catch (WebSocketException)
            {
                // The client left.
                return null;
            }

            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                return JsonNode.Parse(Encoding.UTF8.GetString(message.ToArray()));
            }
        }
    }

    private static async Task WriteEventsAsync(HttpContext context, params object[] events)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var @event in events)
        {
            await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(@event)}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }
}
