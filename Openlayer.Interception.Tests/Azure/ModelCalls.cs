using System.Runtime.CompilerServices;
using Azure.AI.OpenAI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Every call through Azure OpenAI, and those of the OpenAI library in the version that Azure's depends on.</summary>
public static class ModelCalls
{
    private const string Model = "gpt-4o-mini";

    private static readonly ChatMessage[] Question = [new UserChatMessage("capital?")];

    private static readonly string[] Texts = ["one", "two"];

    public static readonly Dictionary<string, ModelCall> All = new()
    {
        ["Azure GetChatClient.CompleteChat"] = Chat(static (clients, token) =>
            Task.FromResult(Text(Azure(clients).CompleteChat(Question, cancellationToken: token)))),
        ["Azure GetChatClient.CompleteChatAsync"] = Chat(static async (clients, token) =>
            Text(await Azure(clients).CompleteChatAsync(Question, cancellationToken: token))),
        ["Azure GetChatClient.CompleteChatStreaming"] = Chat(static (clients, token) =>
            Azure(clients).CompleteChatStreaming(Question, cancellationToken: token).Select(Text).ToAsyncEnumerable()),
        ["Azure GetChatClient.CompleteChatStreamingAsync"] = Chat(static (clients, token) =>
            Azure(clients).CompleteChatStreamingAsync(Question, cancellationToken: token).Select(Text)),
        ["Azure as OpenAIClient, GetChatClient.CompleteChatAsync"] = Chat(static async (clients, token) =>
            Text(await ((OpenAIClient)clients.Get<AzureOpenAIClient>()).GetChatClient(Model).CompleteChatAsync(Question, cancellationToken: token))),
        ["Azure GetEmbeddingClient.GenerateEmbedding"] = Embedding(static (clients, token) =>
            Task.FromResult(clients.Get<AzureOpenAIClient>().GetEmbeddingClient(Model).GenerateEmbedding("text", cancellationToken: token).Value)),
        ["Azure GetEmbeddingClient.GenerateEmbeddingsAsync"] = Embedding(static (clients, token) =>
            clients.Get<AzureOpenAIClient>().GetEmbeddingClient(Model).GenerateEmbeddingsAsync(Texts, cancellationToken: token)),
        ["Azure GetResponsesClient.CreateResponseAsync"] = Response(static async (clients, token) =>
            (await clients.Get<AzureOpenAIClient>().GetResponsesClient()
                .CreateResponseAsync(Model, "capital?", cancellationToken: token)).Value.GetOutputText()),
        ["Azure GetResponsesClient.CreateResponseStreamingAsync"] = Response(static (clients, token) =>
            clients.Get<AzureOpenAIClient>().GetResponsesClient()
                .CreateResponseStreamingAsync(Model, "capital?", cancellationToken: token).Select(Text)),
        ["OpenAI ChatClient.CompleteChatAsync"] = OpenAI(Chat(static async (clients, token) =>
            Text(await clients.Get<ChatClient>().CompleteChatAsync(Question, cancellationToken: token)))),
        ["OpenAI ChatClient.CompleteChatStreamingAsync"] = OpenAI(Chat(static (clients, token) =>
            clients.Get<ChatClient>().CompleteChatStreamingAsync(Question, cancellationToken: token).Select(Text))),
        ["OpenAI ResponsesClient.CreateResponse"] = OpenAI(Response(static (clients, token) =>
            Task.FromResult(clients.Get<ResponsesClient>().CreateResponse(Model, "capital?", cancellationToken: token).Value.GetOutputText()))),
        ["OpenAI ResponsesClient.CreateResponseStreaming"] = OpenAI(Response(static (clients, token) =>
            clients.Get<ResponsesClient>().CreateResponseStreaming(Model, "capital?", cancellationToken: token).Select(Text).ToAsyncEnumerable())),
        ["OpenAI ResponsesClient.CreateResponseStreamingAsync"] = OpenAI(Response(static (clients, token) =>
            clients.Get<ResponsesClient>().CreateResponseStreamingAsync(Model, "capital?", cancellationToken: token).Select(Text))),
    };

    private static ChatClient Azure(TestedClients clients) => clients.Get<AzureOpenAIClient>().GetChatClient(Model);

    private static ModelCall Chat(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        new("Azure OpenAI Chat Completion", static clients => clients.Server, Whole(ask));

    private static ModelCall Chat(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        new("Azure OpenAI Chat Completion", static clients => clients.Server, ask) { IsStreamed = true };

    private static ModelCall Response(Func<TestedClients, CancellationToken, Task<string>> ask) =>
        Chat(ask) with { StepName = "Azure OpenAI Response" };

    private static ModelCall Response(Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> ask) =>
        Chat(ask) with { StepName = "Azure OpenAI Response" };

    private static ModelCall Embedding<T>(Func<TestedClients, CancellationToken, Task<T>> embed) => Chat(async (clients, token) =>
    {
        Assert.NotNull((object?)await embed(clients, token));
        return "made";
    }) with
    {
        StepName = "Azure OpenAI Embedding",
        HasTools = false,
    };

    private static ModelCall OpenAI(ModelCall call) => call with { StepName = call.StepName.Replace("Azure ", "", StringComparison.Ordinal) };

    private static string Text(ChatCompletion completion) => string.Concat(completion.Content.Select(static part => part.Text));

    private static string Text(StreamingChatCompletionUpdate update) => string.Concat(update.ContentUpdate.Select(static part => part.Text));

    private static string Text(StreamingResponseUpdate update) => update is StreamingResponseOutputTextDeltaUpdate { Delta: var delta } ? delta : "";

    private static Func<TestedClients, CancellationToken, IAsyncEnumerable<string>> Whole(Func<TestedClients, CancellationToken, Task<string>> ask)
    {
        return Pieces;

        async IAsyncEnumerable<string> Pieces(TestedClients clients, [EnumeratorCancellation] CancellationToken token)
        {
            yield return await ask(clients, token);
        }
    }
}
