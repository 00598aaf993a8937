using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Autofac;
using Autofac.Builder;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>An application's own clients over HTTP: one marked with the attribute, one registered in the options.</summary>
public static class Gateways
{
    [ProviderClient("Acme")]
    public interface IDescribedGateway
    {
        Task<Message> CompleteAsync(string prompt, CancellationToken cancellationToken = default);

        IAsyncEnumerable<Message> CompleteInPiecesAsync(string prompt, CancellationToken cancellationToken = default);
    }

    public interface INamedGateway
    {
        Task<Reply> AskAsync(Question question, CancellationToken cancellationToken = default);

        IAsyncEnumerable<Reply> AskInPiecesAsync(Question question, CancellationToken cancellationToken = default);

        Task<Vectors> EmbedAsync(string[] texts, CancellationToken cancellationToken = default);

        int Version();
    }

    public static void Name(OpenlayerOptions options) => options.ProviderClients.Add<INamedGateway>("Acme", static methods => methods
        .ChatCompletion(nameof(INamedGateway.AskAsync), Describe)
        .ChatCompletion(nameof(INamedGateway.AskInPiecesAsync), Describe)
        .Embedding(nameof(INamedGateway.EmbedAsync)));

    public static void Register(ContainerBuilder builder, Uri endpoint, TimeSpan timeout, bool isTraced)
    {
        builder.Register(_ => new Gateway(new HttpClient { BaseAddress = new Uri($"{endpoint}/"), Timeout = timeout })).SingleInstance();
        Intercept(builder.Register(static context => context.Resolve<Gateway>()).As<IDescribedGateway>());
        Intercept(builder.Register(static context => context.Resolve<Gateway>()).As<INamedGateway>());

        void Intercept<T>(IRegistrationBuilder<T, SimpleActivatorData, SingleRegistrationStyle> registration)
        {
            if (isTraced)
            {
                registration.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            }
        }
    }

    private static void Describe(ProviderMethod call)
    {
        call.Prompt = "question.What";
        call.Model = "question.Size";
        call.Content = "Said";
        call.Usage = "Cost";
        call.PromptTokens = "In";
        call.CompletionTokens = "Out";
        call.Metadata["region"] = "Places.0";
    }

    public sealed record Question(string What, string Size);

    public sealed record Message(string Content, ToolCall[] ToolCalls, Usage? Usage, string Model);

    public sealed record ToolCall(string Id, string Name, string Arguments);

    public sealed record Usage(int PromptTokens, int CompletionTokens);

    public sealed record Reply(string Said, ToolCall[] ToolCalls, Cost? Cost, string[] Places);

    public sealed record Cost(int In, int Out);

    public sealed record Vectors(int Count, Usage Usage, string Model);

    public sealed class Gateway(HttpClient http) : IDescribedGateway, INamedGateway, IDisposable
    {
        public Task<Message> CompleteAsync(string prompt, CancellationToken cancellationToken) => CompleteAsync("small", prompt, cancellationToken);

        public IAsyncEnumerable<Message> CompleteInPiecesAsync(string prompt, CancellationToken cancellationToken) =>
            CompleteInPiecesAsync("small", prompt, cancellationToken);

        public async Task<Reply> AskAsync(Question question, CancellationToken cancellationToken) =>
            ToReply(await CompleteAsync(question.Size, question.What, cancellationToken));

        public async IAsyncEnumerable<Reply> AskInPiecesAsync(Question question, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var message in CompleteInPiecesAsync(question.Size, question.What, cancellationToken))
            {
                yield return ToReply(message);
            }
        }

        public async Task<Vectors> EmbedAsync(string[] texts, CancellationToken cancellationToken)
        {
            var response = await http.PostAsJsonAsync("embeddings", new { model = "small", input = texts }, cancellationToken);
            var embeddings = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            var tokens = embeddings.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
            return new(embeddings.GetProperty("data").GetArrayLength(), new(tokens, 0), "small");
        }

        public int Version() => 1;

        public void Dispose() => http.Dispose();

        private static Reply ToReply(Message message) => new(
            message.Content, message.ToolCalls, message.Usage is { } usage ? new(usage.PromptTokens, usage.CompletionTokens) : null, ["eu"]);

        private static object Body(string model, string prompt, bool isStreamed) =>
            new { model, stream = isStreamed, messages = new[] { new { role = "user", content = prompt } } };

        // The message of a whole completion, or the delta of a streamed one.
        private static Message Read(JsonElement completion, string part)
        {
            var choices = completion.GetProperty("choices");
            var message = choices.GetArrayLength() == 0 ? JsonElement.Parse("{}") : choices[0].GetProperty(part);
            var text = message.TryGetProperty("content", out var content) ? content.GetString() : null;
            var calls = message.TryGetProperty("tool_calls", out var found) ? found.EnumerateArray().Select(Call).ToArray() : [];
            var usage = completion.TryGetProperty("usage", out var used) && used.ValueKind == JsonValueKind.Object
                ? new Usage(used.GetProperty("prompt_tokens").GetInt32(), used.GetProperty("completion_tokens").GetInt32())
                : null;
            return new(text ?? "", calls, usage, completion.GetProperty("model").GetString()!);
        }

        private static ToolCall Call(JsonElement call) => new(
            call.GetProperty("id").GetString()!,
            call.GetProperty("function").GetProperty("name").GetString()!,
            call.GetProperty("function").GetProperty("arguments").GetString()!);

        private async Task<Message> CompleteAsync(string model, string prompt, CancellationToken cancellationToken)
        {
            var response = await http.PostAsJsonAsync("chat/completions", Body(model, prompt, isStreamed: false), cancellationToken);
            return Read(await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken), "message");
        }

        private async IAsyncEnumerable<Message> CompleteInPiecesAsync(
            string model, string prompt, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions");
            request.Content = JsonContent.Create(Body(model, prompt, isStreamed: true));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
            await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
            {
                if (item.Data != "[DONE]")
                {
                    yield return Read(JsonElement.Parse(item.Data), "delta");
                }
            }
        }
    }
}
