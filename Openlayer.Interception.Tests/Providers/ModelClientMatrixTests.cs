using System.Text;
using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Embeddings;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Responses;

// The calls are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

// Semantic Kernel calls its own embedding services obsolete; they are still registered.
#pragma warning disable CS0618

namespace Openlayer.Interception.Tests.Providers;

/// <summary>Every client in every calling shape: one trace, and one step for each request that the servers counted, under the one that called.</summary>
public sealed class ModelClientMatrixTests(ITestOutputHelper output)
{
    private static readonly UserChatMessage Question = new("capital?");

    private static readonly Dictionary<string, Func<ModelClients, Task>> Calls = new()
    {
        ["OpenAI ChatClient.CompleteChat"] = static clients => Done(clients.Get<ChatClient>().CompleteChat(Question)),
        ["OpenAI ChatClient.CompleteChatAsync"] = static clients => clients.Get<ChatClient>().CompleteChatAsync(Question),
        ["OpenAI ChatClient.CompleteChatAsync, options"] = static clients =>
            clients.Get<ChatClient>().CompleteChatAsync([Question], new ChatCompletionOptions { Temperature = 0.5f }),
        ["OpenAI ChatClient.CompleteChatStreaming"] = static clients => Done(clients.Get<ChatClient>().CompleteChatStreaming(Question).Count()),
        ["OpenAI ChatClient.CompleteChatStreamingAsync"] = static clients => Read(clients.Get<ChatClient>().CompleteChatStreamingAsync(Question)),
        ["OpenAI ChatClient.CompleteChatStreamingAsync, raw pages"] = static clients =>
            Read(clients.Get<ChatClient>().CompleteChatStreamingAsync(Question).GetRawPagesAsync()),
        ["OpenAI OpenAIClient.GetChatClient, whole"] = static clients => clients.Get<OpenAIClient>().GetChatClient("gpt-4o-mini").CompleteChatAsync(Question),
        ["OpenAI OpenAIClient.GetChatClient, streamed"] = static clients =>
            Read(clients.Get<OpenAIClient>().GetChatClient("gpt-4o-mini").CompleteChatStreamingAsync(Question)),
        ["OpenAI OpenAIClient.GetChatClient as IChatClient"] = static clients =>
            clients.Get<OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient().GetResponseAsync("capital?"),
        ["OpenAI EmbeddingClient.GenerateEmbedding"] = static clients => Done(clients.Get<EmbeddingClient>().GenerateEmbedding("text")),
        ["OpenAI EmbeddingClient.GenerateEmbeddingsAsync"] = static clients => clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(["one", "two"]),
        ["OpenAI ResponsesClient.CreateResponse"] = static clients => Done(clients.Get<ResponsesClient>().CreateResponse("gpt-4o-mini", "capital?")),
        ["OpenAI ResponsesClient.CreateResponseAsync"] = static clients => clients.Get<ResponsesClient>().CreateResponseAsync("gpt-4o-mini", "capital?"),
        ["OpenAI ResponsesClient.CreateResponseStreamingAsync"] = static async clients =>
            await Read(await clients.Get<ResponsesClient>().CreateResponseStreamingAsync("gpt-4o-mini", "capital?")),
        ["OpenAI OpenAIClient.GetResponsesClient, streamed"] = static async clients =>
            await Read(await clients.Get<OpenAIClient>().GetResponsesClient().CreateResponseStreamingAsync("gpt-4o-mini", "capital?")),
        ["IChatClient.GetResponseAsync"] = static clients => clients.Get<IChatClient>().GetResponseAsync("capital?"),
        ["IChatClient.GetStreamingResponseAsync"] = static clients => Read(clients.Get<IChatClient>().GetStreamingResponseAsync("capital?")),
        ["IChatClient over a traced ChatClient, whole"] = static clients => clients.Get<IChatClient>(ModelClients.OverProxy).GetResponseAsync("capital?"),
        ["IChatClient over a traced ChatClient, streamed"] = static clients =>
            Read(clients.Get<IChatClient>(ModelClients.OverProxy).GetStreamingResponseAsync("capital?")),
        ["IChatClient of three layers, whole"] = static clients => clients.Get<IChatClient>(ModelClients.Layered).GetResponseAsync("capital?"),
        ["IChatClient of three layers, streamed"] = static clients => Read(clients.Get<IChatClient>(ModelClients.Layered).GetStreamingResponseAsync("capital?")),
        ["IEmbeddingGenerator.GenerateAsync"] = static clients => clients.Get<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(["one", "two"]),
        ["IEmbeddingGenerator over a traced EmbeddingClient"] = static clients =>
            clients.Get<IEmbeddingGenerator<string, Embedding<float>>>(ModelClients.OverProxy).GenerateAsync(["one", "two"]),
        ["Anthropic Messages.Create"] = static clients => clients.Get<IAnthropicClient>().Messages.Create(AnthropicMessage),
        ["Anthropic Messages.CreateStreaming"] = static clients => Read(clients.Get<IAnthropicClient>().Messages.CreateStreaming(AnthropicMessage)),
        ["Anthropic as IChatClient, whole"] = static clients => clients.Get<IChatClient>("Anthropic").GetResponseAsync("capital?"),
        ["Anthropic as IChatClient, streamed"] = static clients => Read(clients.Get<IChatClient>("Anthropic").GetStreamingResponseAsync("capital?")),
        ["OllamaSharp ChatAsync"] = static clients => Read(clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Messages = [new(OllamaSharp.Models.Chat.ChatRole.User, "capital?")] })),
        ["OllamaSharp ChatAsync, not streamed"] = static clients =>
            Read(clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Stream = false, Messages = [new(OllamaSharp.Models.Chat.ChatRole.User, "capital?")] })),
        ["OllamaSharp GenerateAsync"] = static clients => Read(clients.Get<IOllamaApiClient>().GenerateAsync(new GenerateRequest { Prompt = "capital?" })),
        ["OllamaSharp EmbedAsync"] = static clients => clients.Get<IOllamaApiClient>().EmbedAsync(new EmbedRequest { Input = ["one", "two"] }),
        ["OllamaSharp as IChatClient"] = static clients => Read(clients.Get<IChatClient>("Ollama").GetStreamingResponseAsync("capital?")),
        ["SemanticKernel GetChatMessageContentsAsync"] = static clients => clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User)),
        ["SemanticKernel GetStreamingChatMessageContentsAsync"] = static clients =>
            Read(clients.Get<IChatCompletionService>().GetStreamingChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User))),
        ["SemanticKernel over a traced IChatClient, whole"] = static clients =>
            clients.Get<IChatCompletionService>(ModelClients.OverProxy).GetChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User)),
        ["SemanticKernel over a traced IChatClient, streamed"] = static clients =>
            Read(clients.Get<IChatCompletionService>(ModelClients.OverProxy).GetStreamingChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User))),
        ["SemanticKernel GenerateEmbeddingsAsync"] = static clients => clients.Get<ITextEmbeddingGenerationService>().GenerateEmbeddingsAsync(["one", "two"]),
        ["Agents AIAgent.RunAsync"] = static clients => clients.Get<AIAgent>().RunAsync("capital?"),
        ["Agents AIAgent.RunStreamingAsync"] = static clients => Read(clients.Get<AIAgent>().RunStreamingAsync("capital?")),
        ["[ProviderClient]"] = static clients => clients.Get<Gateways.IDescribedGateway>().CompleteAsync("capital?"),
        ["options.ProviderClients.Add, whole"] = static clients => clients.Get<Gateways.INamedGateway>().AskAsync(new("capital?", "small")),
        ["options.ProviderClients.Add, streamed"] = static clients => Read(clients.Get<Gateways.INamedGateway>().AskInPiecesAsync(new("capital?", "small"))),
    };

    private static MessageCreateParams AnthropicMessage => new()
    {
        MaxTokens = 64,
        Model = "claude-sonnet-4-5",
        Messages = [new MessageParam(new UserMessageParam { Content = "capital?" })],
    };

    [Fact]
    public async Task Every_client_in_every_calling_shape_is_one_trace_and_one_step_for_each_request_under_its_caller()
    {
        await using var clients = await ModelClients.StartAsync(Gateways.Name, static builder =>
        {
            Gateways.Register(builder);
            CallingShapes.Register(builder);
        });
        var table = new StringBuilder($"{"client",-62} | {string.Join(" | ", CallingShapes.All.Keys)}\n");
        var wrong = new List<string>();
        foreach (var (client, call) in Calls)
        {
            table.Append($"{client,-62}");
            foreach (var (shape, (times, parent, run)) in CallingShapes.All)
            {
                var found = await CountAsync(clients, run, call);
                if (found != new Counts(Traces: 1, Steps: times, Requests: times, Parents: parent ?? ""))
                {
                    wrong.Add($"{client}, {shape}: {found}");
                }

                table.Append($" | {$"{found.Traces}/{found.Steps}/{found.Requests}".PadRight(shape.Length)}");
            }

            table.AppendLine();
        }

        output.WriteLine("traces / model steps / requests that the server counted");
        output.WriteLine(table.ToString());
        Assert.Empty(wrong);
    }

    private static async Task<Counts> CountAsync(ModelClients clients, Func<ICallingShapes, Func<Task>, Task> run, Func<ModelClients, Task> call)
    {
        clients.Published.Clear();
        var before = clients.Requests + Gateways.Requests(clients);
        await run(clients.Get<ICallingShapes>(), () => call(clients));
        await clients.Tracer.FlushAsync();
        var steps = clients.Published.Traces.SelectMany(static trace => Flatten(trace.Root)).OfType<ModelStep>().ToArray();
        Assert.All(steps, static step => Assert.NotNull(step.Output));
        var parents = clients.Published.Traces.SelectMany(static trace => CallingShapes.Parents(trace.Root)).Distinct();
        return new(
            clients.Published.Traces.Count,
            steps.Length,
            clients.Requests + Gateways.Requests(clients) - before,
            string.Join(", ", parents));
    }

    private static IEnumerable<Step> Flatten(Step step) => step.Steps.SelectMany(Flatten).Prepend(step);

    private static Task Done(object? result)
    {
        Assert.NotNull(result);
        return Task.CompletedTask;
    }

    private static async Task Read<T>(IAsyncEnumerable<T> stream)
    {
        var items = 0;
        await foreach (var item in stream)
        {
            Assert.NotNull(item);
            items++;
        }

        Assert.NotEqual(0, items);
    }

    private sealed record Counts(int Traces, int Steps, int Requests, string Parents);
}
