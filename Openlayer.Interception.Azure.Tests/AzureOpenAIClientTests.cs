using System.ClientModel;
using System.ClientModel.Primitives;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Azure.AI.OpenAI;
using OpenAI;
using OpenAI.Chat;
using Openlayer.Interception.Tests.Providers;
using Openlayer.Interception.Tests.Servers;

// The calls are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Azure.Tests;

/// <summary>Azure OpenAI's factory and what it hands out, which is also OpenAI's library in the version of its first stable wire.</summary>
public sealed class AzureOpenAIClientTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly Dictionary<string, Func<AzureOpenAIClient, Task>> Calls = new()
    {
        ["Azure GetChatClient.CompleteChat"] = static azure => Task.FromResult(Chat(azure).CompleteChat(new UserChatMessage("capital?"))),
        ["Azure GetChatClient.CompleteChatAsync"] = static azure => Chat(azure).CompleteChatAsync(new UserChatMessage("capital?")),
        ["Azure GetChatClient.CompleteChatStreaming"] = static azure =>
            Task.FromResult(Chat(azure).CompleteChatStreaming(new UserChatMessage("capital?")).Count()),
        ["Azure GetChatClient.CompleteChatStreamingAsync"] = static async azure =>
            await Chat(azure).CompleteChatStreamingAsync(new UserChatMessage("capital?")).CountAsync(),
        ["Azure GetEmbeddingClient.GenerateEmbeddingAsync"] = static azure => azure.GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingAsync("text"),
    };

    private readonly InMemoryTracePublisher _published = new();
    private OpenAIServer _server = null!;
    private IContainer _container = null!;

    public interface IAnswerService
    {
        string Answer(string question);

        Task<string> AnswerAsync(string question);

        IAsyncEnumerable<string> StreamAsync(string question);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await OpenAIServer.StartAsync();
        var endpoint = _server.AzureEndpoint;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(_published);
        });
        builder.RegisterType<AzureOpenAIClient>()
            .WithParameter("endpoint", endpoint)
            .WithParameter(TypedParameter.From(new ApiKeyCredential("key")))
            .WithParameter("options", new AzureOpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(0) })
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<AnswerService>().As<IAnswerService>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        CallingShapes.Register(builder);
        _container = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("synchronous")]
    [InlineData("streamed")]
    public async Task A_client_of_the_factory_is_traced_under_its_service_and_named_Azure(string shape)
    {
        var service = _container.Resolve<IAnswerService>();
        var answer = shape switch
        {
            "whole" => await service.AnswerAsync("capital?"),
            "synchronous" => service.Answer("capital?"),
            _ => string.Concat(await service.StreamAsync("capital?").ToListAsync(Cancellation)),
        };

        Assert.Equal(OpenAIServer.DefaultAnswer, answer);
        var root = await RootAsync();
        Assert.StartsWith("IAnswerService.", root.Name, StringComparison.Ordinal);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(root.Steps));
        Assert.Equal(1, _server.Requests);
        Assert.Empty(step.Steps);
        Assert.Equal(("Azure OpenAI Chat Completion", "Azure"), (step.Name, step.Provider));
        Assert.Equal("gpt-4o-mini-2024-07-18", step.Metadata["servedModel"]);
        Assert.Equal(answer, step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
    }

    [Fact]
    public async Task Every_client_in_every_calling_shape_is_one_trace_and_one_step_for_each_request_under_its_caller()
    {
        var azure = _container.Resolve<AzureOpenAIClient>();
        output.WriteLine($"traces/model steps/requests: {string.Join(" | ", CallingShapes.All.Keys)}");
        foreach (var (client, call) in Calls)
        {
            var row = new List<string>();
            foreach (var (times, parent, run) in CallingShapes.All.Values)
            {
                _published.Clear();
                var before = _server.Requests;
                await run(_container.Resolve<ICallingShapes>(), () => call(azure));
                var root = await RootAsync();
                var found = (Steps: ModelSteps(root), Requests: _server.Requests - before);
                Assert.Equal((times, times), found);
                Assert.All(CallingShapes.Parents(root), above => Assert.Equal(parent ?? "", above));
                row.Add($"1/{found.Steps}/{found.Requests}");
            }

            output.WriteLine($"{client}: {string.Join(" | ", row)}");
        }
    }

    [Fact]
    public async Task An_embedding_of_the_factory_is_named_Azure()
    {
        await _container.Resolve<AzureOpenAIClient>().GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingsAsync(["one", "two"], cancellationToken: Cancellation);

        var step = Assert.IsType<EmbeddingStep>(await RootAsync());
        Assert.Equal(("Azure OpenAI Embedding", 2, 3, 7), (step.Name, step.EmbeddingCount, step.EmbeddingDimensions, step.PromptTokens));
    }

    [Fact]
    public async Task An_error_has_status_and_request_id()
    {
        _server.AnswerError(401);

        await Assert.ThrowsAsync<ClientResultException>(() => _container.Resolve<AzureOpenAIClient>()
            .GetChatClient("gpt-4o-mini").CompleteChatAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation));

        var step = await RootAsync();
        Assert.Equal((401, OpenAIServer.RequestId), (step.Metadata["status"], step.Metadata["requestId"]));
    }

    private static ChatClient Chat(AzureOpenAIClient azure) => azure.GetChatClient("gpt-4o-mini");

    private static int ModelSteps(Step step) => (step is ModelStep ? 1 : 0) + step.Steps.Sum(ModelSteps);

    private async Task<Step> RootAsync()
    {
        await _container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        return Assert.Single(_published.Traces).Root;
    }

    private sealed class AnswerService(AzureOpenAIClient azure) : IAnswerService
    {
        private readonly ChatClient _client = ((OpenAIClient)azure).GetChatClient("gpt-4o-mini");

        public string Answer(string question) => _client.CompleteChat(new UserChatMessage(question)).Value.Content[0].Text;

        public async Task<string> AnswerAsync(string question) => (await _client.CompleteChatAsync(new UserChatMessage(question))).Value.Content[0].Text;

        public async IAsyncEnumerable<string> StreamAsync(string question)
        {
            await foreach (var update in _client.CompleteChatStreamingAsync(new UserChatMessage(question)))
            {
                foreach (var part in update.ContentUpdate)
                {
                    yield return part.Text;
                }
            }
        }
    }
}
