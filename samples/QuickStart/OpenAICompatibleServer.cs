using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace QuickStart;

/// <summary>
/// Stands in for OpenAI if no key is set: a server on loopback with the part of the chat completions API that the samples use, which is
/// streaming. If it is offered a tool, it calls the tool once, with the question. Its answer is the first paragraph of the first passage in
/// the prompt or in the tool's result.
/// </summary>
public sealed partial class OpenAICompatibleServer : IAsyncDisposable
{
    private static readonly TimeSpan TimePerWord = TimeSpan.FromMilliseconds(15);

    private readonly WebApplication _application;

    private OpenAICompatibleServer(WebApplication application) => _application = application;

    /// <summary>The endpoint for clients.</summary>
    public Uri Endpoint => new($"{_application.Urls.Single()}/v1");

    /// <summary>Starts a server on a free port.</summary>
    public static Task<OpenAICompatibleServer> StartAsync()
    {
        // WebApplicationFactory takes the first host that is built in its execution context for the one that is tested.
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(StartHostAsync);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static async Task<OpenAICompatibleServer> StartHostAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRoutingCore().AddSingleton<IHostLifetime, SignalsAreTheProgramsOwn>();

        var application = builder.Build();
        application.MapPost(
            "/v1/chat/completions",
            (JsonElement request, CancellationToken cancellationToken) =>
                TypedResults.ServerSentEvents(CompleteAsync(request, cancellationToken)));
        await application.StartAsync();
        return new OpenAICompatibleServer(application);
    }

    /// <summary>The events of one completion: words, finish reason, usage and the end marker.</summary>
    private static async IAsyncEnumerable<string> CompleteAsync(
        JsonElement request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var model = request.GetProperty("model").GetString();
        var prompt = request.GetProperty("messages").EnumerateArray()
            .Select(message => (Role: message.GetProperty("role").GetString(), Content: Content(message)))
            .ToArray();
        var passages = prompt.Where(message => message.Role == "system").Skip(1).Select(message => message.Content)
            .Concat(prompt.Where(message => message.Role == "tool").SelectMany(message => JsonSerializer.Deserialize<string[]>(message.Content)!));
        var toolCall = prompt.Any(message => message.Role == "tool") ? null : ToolCall(request, prompt[^1].Content);
        var words = toolCall is null ? Words(passages.FirstOrDefault("The documents do not say.").Split("\n\n")[0]) : [];
        var id = $"chatcmpl-{Guid.NewGuid():N}";
        var created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        foreach (var word in words)
        {
            await Task.Delay(TimePerWord, cancellationToken);
            yield return Chunk([new { index = 0, delta = new { role = "assistant", content = word }, finish_reason = (string?)null }]);
        }

        if (toolCall is not null)
        {
            yield return Chunk([new { index = 0, delta = new { role = "assistant", tool_calls = new[] { toolCall } }, finish_reason = (string?)null }]);
        }

        yield return Chunk([new { index = 0, delta = new { }, finish_reason = toolCall is null ? "stop" : "tool_calls" }]);

        var promptTokens = prompt.Sum(message => Words(message.Content).Length);
        yield return Chunk(
            [],
            new { prompt_tokens = promptTokens, completion_tokens = words.Length, total_tokens = promptTokens + words.Length });
        yield return "[DONE]";

        string Chunk(object[] choices, object? usage = null) =>
            JsonSerializer.Serialize(new { id, @object = "chat.completion.chunk", created, model, choices, usage });
    }

    /// <summary>A call of the first tool, if there is one, with a text for its first parameter.</summary>
    private static object? ToolCall(JsonElement request, string text)
    {
        if (!request.TryGetProperty("tools", out var tools))
        {
            return null;
        }

        var function = tools[0].GetProperty("function");
        var parameter = function.GetProperty("parameters").GetProperty("properties").EnumerateObject().First().Name;
        var arguments = JsonSerializer.Serialize(new Dictionary<string, string> { [parameter] = text });
        return new { index = 0, id = "call_1", type = "function", function = new { name = function.GetProperty("name").GetString(), arguments } };
    }

    /// <summary>The text of a message. Empty for one that only calls tools.</summary>
    private static string Content(JsonElement message) =>
        message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String ? content.GetString()! : "";

    /// <summary>The words of a text, each with the space after it.</summary>
    private static string[] Words(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"\S+\s*")]
    private static partial Regex Word();

    /// <summary>Leaves Ctrl+C to the program; the default lifetime would stop the server.</summary>
    private sealed class SignalsAreTheProgramsOwn : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
