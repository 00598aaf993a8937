using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace StreamingAgent;

/// <summary>
/// Stands in for OpenAI if no key is set: a server on loopback with the part of the chat completions API that this sample uses, which is
/// streaming. It calls every tool of the request once, then answers with the results.
/// </summary>
public sealed class OpenAICompatibleServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OpenAICompatibleServer(WebApplication application) => _application = application;

    /// <summary>The endpoint for clients.</summary>
    public Uri Endpoint => new($"{_application.Urls.Single()}/v1");

    /// <summary>Starts a server on a free port.</summary>
    public static async Task<OpenAICompatibleServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        application.MapPost("/v1/chat/completions", (JsonElement request) => TypedResults.ServerSentEvents(Complete(request)));
        await application.StartAsync();
        return new OpenAICompatibleServer(application);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static async IAsyncEnumerable<string> Complete(JsonElement request)
    {
        await Task.Yield();
        var messages = request.GetProperty("messages").EnumerateArray().ToArray();
        var results = messages.Where(message => message.GetProperty("role").GetString() == "tool")
            .Select(message => message.GetProperty("content").GetString()!.Trim('"')).ToArray();
        if (results.Length == 0)
        {
            var names = request.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString());
            var calls = names.Select((name, index) =>
                new { index, id = $"call_{index}", type = "function", function = new { name, arguments = """{"city":"Ulm"}""" } });
            yield return Chunk(new { role = "assistant", tool_calls = calls });
            yield return Chunk(new { }, "tool_calls");
        }
        else
        {
            foreach (var word in string.Join(". ", results).Split(' '))
            {
                yield return Chunk(new { role = "assistant", content = word + " " });
            }

            yield return Chunk(new { }, "stop");
        }

        yield return Event([], new { prompt_tokens = 60 + results.Length, completion_tokens = 12, total_tokens = 72 + results.Length });
        yield return "[DONE]";

        string Chunk(object delta, string? finishReason = null) => Event([new { index = 0, delta, finish_reason = finishReason }], null);

        string Event(object[] choices, object? usage) => JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion.chunk",
            created = 1_700_000_000,
            model = request.GetProperty("model").GetString(),
            choices,
            usage,
        });
    }
}
