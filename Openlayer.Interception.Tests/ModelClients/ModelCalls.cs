using System.Runtime.CompilerServices;
using Anthropic;
using Anthropic.Models.Messages;
using Azure.AI.Inference;
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
using Openlayer.Interception.Tests.Servers;
using Beta = Anthropic.Models.Beta.Messages;
using ChatMessage = OpenAI.Chat.ChatMessage;
using OllamaRole = OllamaSharp.Models.Chat.ChatRole;

// Semantic Kernel's embedding services are obsolete but still in use.
#pragma warning disable CS0618

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Every call of every recognised client, by name.</summary>
public static class ModelCalls
{
    private const string Model = "gpt-4o-mini";

    private static readonly ChatMessage[] Question = [new UserChatMessage("capital?")];

    private static readonly string[] Texts = ["one", "two"];

    public static readonly Dictionary<string, ModelCall> All = new()
    {
        ["OpenAI ChatClient.CompleteChat"] = OpenAI(static (clients, token) =>
            Done(Text(Chat(clients).CompleteChat(Question, cancellationToken: token)))),
        ["OpenAI ChatClient.CompleteChatAsync"] = OpenAI(static async (clients, token) =>
            Text(await Chat(clients).CompleteChatAsync(Question, cancellationToken: token))),
        ["OpenAI ChatClient.CompleteChatAsync, options"] = OpenAI(static async (clients, token) =>
            Text(await Chat(clients).CompleteChatAsync(Question, new ChatCompletionOptions { Temperature = 0.5f }, token))),
        ["OpenAI ChatClient.CompleteChatStreaming"] = OpenAI(static (clients, token) =>
            Chat(clients).CompleteChatStreaming(Question, cancellationToken: token).Select(Text).ToAsyncEnumerable()),
        ["OpenAI ChatClient.CompleteChatStreamingAsync"] = OpenAI(static (clients, token) =>
            Chat(clients).CompleteChatStreamingAsync(Question, cancellationToken: token).Select(Text)),
        ["OpenAI OpenAIClient.GetChatClient, whole"] = OpenAI(static async (clients, token) =>
            Text(await clients.Get<OpenAIClient>().GetChatClient(Model).CompleteChatAsync(Question, cancellationToken: token))),
        ["OpenAI OpenAIClient.GetChatClient, streamed"] = OpenAI(static (clients, token) =>
            clients.Get<OpenAIClient>().GetChatClient(Model).CompleteChatStreamingAsync(Question, cancellationToken: token).Select(Text)),
        ["OpenAI OpenAIClient.GetChatClient as IChatClient, whole"] = OpenAI(static (clients, token) =>
            Ask(clients.Get<OpenAIClient>().GetChatClient(Model).AsIChatClient(), token)),
        ["OpenAI OpenAIClient.GetChatClient as IChatClient, streamed"] = OnTheWire(static (clients, token) =>
            AskInPieces(clients.Get<OpenAIClient>().GetChatClient(Model).AsIChatClient(), token)),
        ["OpenAI EmbeddingClient.GenerateEmbedding"] = Embedding(static (clients, token) =>
            Done(clients.Get<EmbeddingClient>().GenerateEmbedding("text", cancellationToken: token).Value)),
        ["OpenAI EmbeddingClient.GenerateEmbeddings"] = Embedding(static (clients, token) =>
            Done(clients.Get<EmbeddingClient>().GenerateEmbeddings(Texts, cancellationToken: token).Value)),
        ["OpenAI EmbeddingClient.GenerateEmbeddingAsync"] = Embedding(static (clients, token) =>
            clients.Get<EmbeddingClient>().GenerateEmbeddingAsync("text", cancellationToken: token)),
        ["OpenAI EmbeddingClient.GenerateEmbeddingsAsync"] = Embedding(static (clients, token) =>
            clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(Texts, cancellationToken: token)),
        ["OpenAI OpenAIClient.GetEmbeddingClient"] = Embedding(static (clients, token) =>
            clients.Get<OpenAIClient>().GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingsAsync(Texts, cancellationToken: token)),
        ["OpenAI ResponsesClient.CreateResponse"] = Response(static (clients, token) =>
            Done(clients.Get<ResponsesClient>().CreateResponse(Model, "capital?", cancellationToken: token).Value.GetOutputText())),
        ["OpenAI ResponsesClient.CreateResponseAsync"] = Response(static async (clients, token) =>
            (await clients.Get<ResponsesClient>().CreateResponseAsync(Model, "capital?", cancellationToken: token)).Value.GetOutputText()),
        ["OpenAI ResponsesClient.CreateResponseStreamingAsync"] = Response(static (clients, token) =>
            AskInPieces(clients.Get<ResponsesClient>(), token)),
        ["OpenAI OpenAIClient.GetResponsesClient, streamed"] = Response(static (clients, token) =>
            AskInPieces(clients.Get<OpenAIClient>().GetResponsesClient(), token)),
        ["OpenAI ResponsesClient as IChatClient, whole"] = Response(static (clients, token) =>
            Ask(clients.Get<ResponsesClient>().AsIChatClient(Model), token)),
        ["OpenAI EmbeddingClient as IEmbeddingGenerator"] = Embedding(static (clients, token) =>
            clients.Get<EmbeddingClient>().AsIEmbeddingGenerator().GenerateAsync(Texts, cancellationToken: token)),
        ["IChatClient.GetResponseAsync"] = OpenAI(static (clients, token) => Ask(clients.Get<IChatClient>(), token)),
        ["IChatClient.GetStreamingResponseAsync"] = OpenAI(static (clients, token) => AskInPieces(clients.Get<IChatClient>(), token)),
        ["IChatClient over a traced ChatClient, whole"] = OpenAI(static (clients, token) =>
            Ask(clients.Get<IChatClient>(TestedClients.OverProxy), token)),
        ["IChatClient over a traced ChatClient, streamed"] = OpenAI(static (clients, token) =>
            AskInPieces(clients.Get<IChatClient>(TestedClients.OverProxy), token)),
        ["IChatClient of three layers, whole"] = OpenAI(static (clients, token) => Ask(clients.Get<IChatClient>(TestedClients.Layered), token)),
        ["IChatClient of three layers, streamed"] = OpenAI(static (clients, token) =>
            AskInPieces(clients.Get<IChatClient>(TestedClients.Layered), token)),
        ["IEmbeddingGenerator.GenerateAsync"] = Embedding(static (clients, token) =>
            clients.Get<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(Texts, cancellationToken: token)),
        ["IEmbeddingGenerator over a traced EmbeddingClient"] = Embedding(static (clients, token) =>
            clients.Get<IEmbeddingGenerator<string, Embedding<float>>>(TestedClients.OverProxy).GenerateAsync(Texts, cancellationToken: token)),
        ["Anthropic Messages.Create"] = Anthropic(static async (clients, token) =>
            string.Concat((await clients.Get<IAnthropicClient>().Messages.Create(AnthropicMessage, token)).Content
                .Select(static block => block.TryPickText(out var text) ? text.Text : ""))),
        ["Anthropic Messages.CreateStreaming"] = Anthropic(static (clients, token) =>
            clients.Get<IAnthropicClient>().Messages.CreateStreaming(AnthropicMessage, token).Select(Text)),
        ["Anthropic Beta.Messages.Create"] = Anthropic(static async (clients, token) =>
            string.Concat((await clients.Get<IAnthropicClient>().Beta.Messages.Create(AnthropicBetaMessage, token)).Content
                .Select(static block => block.TryPickText(out var text) ? text.Text : ""))),
        ["Anthropic Beta.Messages.CreateStreaming"] = Anthropic(static (clients, token) =>
            clients.Get<IAnthropicClient>().Beta.Messages.CreateStreaming(AnthropicBetaMessage, token).Select(Text)),
        ["Anthropic as IChatClient, whole"] = AnthropicChatClient(static (clients, token) => Ask(clients.Get<IChatClient>("Anthropic"), token)),
        ["Anthropic as IChatClient, streamed"] = AnthropicChatClient(static (clients, token) =>
            AskInPieces(clients.Get<IChatClient>("Anthropic"), token)),
        ["OllamaSharp ChatAsync"] = Ollama(hasTools: true, static (clients, token) =>
            clients.Get<IOllamaApiClient>().ChatAsync(OllamaChat, token).Select(static item => item?.Message.Content ?? "")),
        ["OllamaSharp GenerateAsync"] = Ollama(hasTools: false, static (clients, token) =>
            clients.Get<IOllamaApiClient>()
                .GenerateAsync(new GenerateRequest { Prompt = "capital?" }, token).Select(static item => item?.Response ?? "")),
        ["OllamaSharp EmbedAsync"] = Embedding("Ollama", static clients => clients.Ollama, static (clients, token) =>
            clients.Get<IOllamaApiClient>().EmbedAsync(new EmbedRequest { Input = [.. Texts] }, token)),
        ["OllamaSharp as IChatClient, whole"] = Ollama(static (clients, token) => Ask(clients.Get<IChatClient>("Ollama"), token)),
        ["OllamaSharp as IChatClient, streamed"] = Ollama(hasTools: true, static (clients, token) =>
            AskInPieces(clients.Get<IChatClient>("Ollama"), token)),
        ["SemanticKernel GetChatMessageContentsAsync"] = OpenAI(static (clients, token) => Ask(clients.Get<IChatCompletionService>(), token)),
        ["SemanticKernel GetStreamingChatMessageContentsAsync"] = OpenAI(static (clients, token) =>
            AskInPieces(clients.Get<IChatCompletionService>(), token)),
        ["SemanticKernel over a traced IChatClient, whole"] = OpenAI(static (clients, token) =>
            Ask(clients.Get<IChatCompletionService>(TestedClients.OverProxy), token)),
        ["SemanticKernel over a traced IChatClient, streamed"] = OpenAI(static (clients, token) =>
            AskInPieces(clients.Get<IChatCompletionService>(TestedClients.OverProxy), token)),
        ["SemanticKernel over AzureOpenAIClient, whole"] = Azure(static (clients, token) => Ask(clients.Get<IChatCompletionService>("Azure"), token)),
        ["SemanticKernel over AzureOpenAIClient, streamed"] = Azure(static (clients, token) =>
            AskInPieces(clients.Get<IChatCompletionService>("Azure"), token)),
        ["SemanticKernel GenerateEmbeddingsAsync"] = EmbeddingWithoutTokens(static (clients, token) =>
            clients.Get<ITextEmbeddingGenerationService>().GenerateEmbeddingsAsync(Texts, cancellationToken: token)),
        ["Azure.AI.Inference Complete"] = AzureInference(static (clients, token) =>
            Done(clients.Get<ChatCompletionsClient>().Complete(AzureChat, token).Value.Content)),
        ["Azure.AI.Inference CompleteAsync"] = AzureInference(static async (clients, token) =>
            (await clients.Get<ChatCompletionsClient>().CompleteAsync(AzureChat, token)).Value.Content),
        ["Azure.AI.Inference CompleteStreamingAsync"] = AzureInference(static (clients, token) => AskInPieces(clients.Get<ChatCompletionsClient>(), token)),
        ["Azure.AI.Inference EmbedAsync"] = AzureInference(Made(static (clients, token) =>
            clients.Get<EmbeddingsClient>().EmbedAsync(new EmbeddingsOptions(Texts) { Model = "text-embedding-3-small" }, token))) with
        {
            StepName = "Azure AI Embedding",
            HasTools = false,
        },
        ["Agents AIAgent.RunAsync"] = Agent(static async (clients, token) =>
            (await clients.Get<AIAgent>().RunAsync("capital?", cancellationToken: token)).Text),
        ["Agents AIAgent.RunStreamingAsync"] = Agent(static (clients, token) =>
            clients.Get<AIAgent>().RunStreamingAsync("capital?", cancellationToken: token).Select(static update => update.Text)),
        ["[ProviderClient], whole"] = Gateway(static async (clients, token) =>
            (await clients.Get<Gateways.IDescribedGateway>().CompleteAsync("capital?", token)).Content),
        ["[ProviderClient], streamed"] = Gateway(static (clients, token) =>
            clients.Get<Gateways.IDescribedGateway>().CompleteInPiecesAsync("capital?", token).Select(static piece => piece.Content)),
        ["options.ProviderClients.Add, whole"] = Gateway(static async (clients, token) =>
            (await clients.Get<Gateways.INamedGateway>().AskAsync(new("capital?", "small"), token)).Said),
        ["options.ProviderClients.Add, streamed"] = Gateway(static (clients, token) =>
            clients.Get<Gateways.INamedGateway>().AskInPiecesAsync(new("capital?", "small"), token).Select(static piece => piece.Said)),
        ["options.ProviderClients.Add, embedding"] = Embedding("Acme", static clients => clients.OpenAI, static (clients, token) =>
            clients.Get<Gateways.INamedGateway>().EmbedAsync(Texts, token)),
    };

    private static MessageCreateParams AnthropicMessage => new()
    {
        MaxTokens = 64,
        Model = "claude-sonnet-4-5",
        Messages = [new MessageParam(new UserMessageParam { Content = "capital?" })],
    };

    private static Beta.MessageCreateParams AnthropicBetaMessage => new()
    {
        MaxTokens = 64,
        Model = "claude-sonnet-4-5",
        Messages = [new Beta.BetaMessageParam(new Beta.BetaUserMessageParam { Content = "capital?" })],
    };

    private static ChatClient Chat(TestedClients clients) => clients.Get<ChatClient>();

    private static ChatRequest OllamaChat => new() { Messages = [new(OllamaRole.User, "capital?")] };

    private static ModelCall OpenAI(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        new("OpenAI Chat Completion", static clients => clients.OpenAI, Whole(ask));

    private static ModelCall OpenAI(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        new("OpenAI Chat Completion", static clients => clients.OpenAI, ask) { IsStreamed = true };

    private static ModelCall OnTheWire(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        OpenAI(ask) with { IsObservedOnTheWire = true };

    private static ModelCall Azure(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        OpenAI(ask) with { StepName = "Azure OpenAI Chat Completion" };

    private static ModelCall Azure(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        OpenAI(ask) with { StepName = "Azure OpenAI Chat Completion" };

    private static ChatCompletionsOptions AzureChat => new([new ChatRequestUserMessage("capital?")]) { Model = Model };

    private static ModelCall AzureInference(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        OpenAI(ask) with { StepName = "Azure AI Chat Completion" };

    private static ModelCall AzureInference(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        OpenAI(ask) with { StepName = "Azure AI Chat Completion", ThrowsWhenCancelled = false };

    private static ModelCall Response(Func<TestedClients, CancellationToken, Task<string>> ask) => OpenAI(ask) with { StepName = "OpenAI Response" };

    private static ModelCall Response(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        OpenAI(ask) with { StepName = "OpenAI Response" };

    private static ModelCall Embedding<T>(Func<TestedClients, CancellationToken, Task<T>> ask) => OpenAI(Made(ask)) with
    {
        StepName = "OpenAI Embedding",
        HasTools = false,
    };

    private static ModelCall EmbeddingWithoutTokens<T>(Func<TestedClients, CancellationToken, Task<T>> ask) =>
        Embedding(ask) with { ReportsTokens = false };

    private static ModelCall Embedding<T>(
        string provider, Func<TestedClients, IModelServer> server, Func<TestedClients, CancellationToken, Task<T>> ask) =>
        Embedding(ask) with { StepName = $"{provider} Embedding", Server = server, ReportsRequestId = false };

    // An agent calls the tool itself, so that it returns no tool calls.
    private static ModelCall Agent(Func<TestedClients, CancellationToken, Task<string>> ask) => OpenAI(ask) with { HasTools = false };

    private static ModelCall Agent(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) => OpenAI(ask) with { HasTools = false };

    private static ModelCall Anthropic(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        new("Anthropic Message Creation", static clients => clients.Anthropic, Whole(ask));

    private static ModelCall Anthropic(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        new("Anthropic Message Creation", static clients => clients.Anthropic, ask) { IsStreamed = true, TimesOutOnSilence = false };

    // Includes the cached tokens.
    private static ModelCall AnthropicChatClient(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        Anthropic(ask) with { PromptTokens = 24 };

    private static ModelCall AnthropicChatClient(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        Anthropic(ask) with { PromptTokens = 24 };

    private static ModelCall Ollama(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        new("Ollama Chat Completion", static clients => clients.Ollama, Whole(ask)) { ReportsRequestId = false };

    private static ModelCall Ollama(bool hasTools, Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        new("Ollama Chat Completion", static clients => clients.Ollama, ask)
        {
            IsStreamed = true,
            HasTools = hasTools,
            ReportsRequestId = false,
            TimesOutOnSilence = false,
            ThrowsWhenCancelled = false,
        };

    private static ModelCall Gateway(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        OpenAI(ask) with { StepName = "Acme Chat Completion", ReportsRequestId = false };

    private static ModelCall Gateway(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        OpenAI(ask) with { StepName = "Acme Chat Completion", ReportsRequestId = false, TimesOutOnSilence = false };

    private static async Task<string> Ask(IChatClient client, CancellationToken token) =>
        (await client.GetResponseAsync("capital?", cancellationToken: token)).Text;

    private static IAsyncEnumerable<string> AskInPieces(IChatClient client, CancellationToken token) =>
        client.GetStreamingResponseAsync("capital?", cancellationToken: token).Select(static update => update.Text);

    private static async Task<string> Ask(IChatCompletionService service, CancellationToken token) =>
        (await service.GetChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User), cancellationToken: token))[0].Content ?? "";

    private static IAsyncEnumerable<string> AskInPieces(IChatCompletionService service, CancellationToken token) =>
        service.GetStreamingChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User), cancellationToken: token)
            .Select(static content => content.Content ?? "");

    private static async IAsyncEnumerable<string> AskInPieces(ResponsesClient client, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var update in await client.CreateResponseStreamingAsync(Model, "capital?", cancellationToken: token))
        {
            yield return Text(update);
        }
    }

    private static async IAsyncEnumerable<string> AskInPieces(ChatCompletionsClient client, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var update in (await client.CompleteStreamingAsync(AzureChat, token)).WithCancellation(token))
        {
            yield return update.ContentUpdate ?? "";
        }
    }

    private static string Text(ChatCompletion completion) => string.Concat(completion.Content.Select(static part => part.Text));

    private static string Text(StreamingChatCompletionUpdate update) => string.Concat(update.ContentUpdate.Select(static part => part.Text));

    private static string Text(StreamingResponseUpdate update) => update is StreamingResponseOutputTextDeltaUpdate { Delta: var delta } ? delta : "";

    private static string Text(RawMessageStreamEvent item) =>
        item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text) ? text.Text : "";

    private static string Text(Beta.BetaRawMessageStreamEvent item) =>
        item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text) ? text.Text : "";

    private static Task<T> Done<T>(T result) => Task.FromResult(result);

    private static Func<TestedClients, CancellationToken, Task<string>> Made<T>(Func<TestedClients, CancellationToken, Task<T>> embed) =>
        async (clients, token) =>
        {
            Assert.NotNull((object?)await embed(clients, token));
            return "made";
        };

    private static Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> Whole(Func<TestedClients, CancellationToken, Task<string>> ask)
    {
        return Pieces;

        async IAsyncEnumerable<string> Pieces(TestedClients clients, [EnumeratorCancellation] CancellationToken token)
        {
            yield return await ask(clients, token);
        }
    }
}
