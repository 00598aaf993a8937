using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Batch;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.Models;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Unusual ways to register and use a client. Each behaves as it does without the interceptor.</summary>
public sealed class ClientSurfaceTests : IAsyncLifetime
{
    private OpenAIServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await OpenAIServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Clients_that_a_factory_returns_and_the_library_does_not_know_work_as_without_it()
    {
        var published = new InMemoryTracePublisher();
        await using var container = Build(published, builder => builder.RegisterInstance(Options()).ExternallyOwned());
        var factory = container.Resolve<OpenAIClient>();

        Assert.Equal(typeof(OpenAIModelClient), factory.GetOpenAIModelClient().GetType());
        Assert.Equal(typeof(OpenAIFileClient), factory.GetOpenAIFileClient().GetType());
        Assert.Equal(typeof(BatchClient), factory.GetBatchClient().GetType());
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => factory.GetOpenAIModelClient().GetModelAsync("any", Cancellation));
        Assert.Equal(404, refused.Status);
        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Empty(published.Traces);
    }

    [Fact]
    public async Task A_client_shared_by_two_containers_is_a_step_of_the_container_it_is_called_through()
    {
        var shared = new OpenAIClient(new ApiKeyCredential("key"), Options()).GetChatClient("gpt-4o-mini").AsIChatClient();
        var (first, second) = (new InMemoryTracePublisher(), new InMemoryTracePublisher());
        await using var one = Build(first, Share);
        await using var other = Build(second, Share);

        await one.Resolve<IChatClient>().GetResponseAsync("one", cancellationToken: Cancellation);
        await other.Resolve<IChatClient>().GetResponseAsync("two", cancellationToken: Cancellation);
        await other.Resolve<IChatClient>().GetResponseAsync("three", cancellationToken: Cancellation);

        await one.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        await other.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Equal((1, 2), (first.Traces.Count, second.Traces.Count));

        void Share(ContainerBuilder builder) => builder.Register(_ => shared).As<IChatClient>().SingleInstance().ExternallyOwned()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }

    [Fact]
    public async Task Keyed_registrations_and_decorators_are_one_step_each()
    {
        var published = new InMemoryTracePublisher();
        await using var container = Build(published, builder =>
        {
            builder.Register(_ => new OpenAIClient(new ApiKeyCredential("key"), Options()).GetChatClient("gpt-4o").AsIChatClient())
                .Keyed<IChatClient>("large").EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.Register(_ => new OpenAIClient(new ApiKeyCredential("key"), Options()).GetChatClient("gpt-4o-mini").AsIChatClient())
                .As<IChatClient>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            builder.RegisterDecorator<IChatClient>(static (_, _, inner) => new Brief(inner));
        });

        await container.ResolveKeyed<IChatClient>("large").GetResponseAsync("capital?", cancellationToken: Cancellation);
        await container.Resolve<IChatClient>().GetResponseAsync("capital?", cancellationToken: Cancellation);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Equal(
            [("gpt-4o", true), ("gpt-4o-mini", true)],
            published.Traces.Select(static trace => (ChatCompletionStep)trace.Root)
                .Select(static step => (step.Model!, step.ModelParameters!.ContainsKey("max_tokens"))));
    }

    [Fact]
    public async Task A_subclass_of_a_client_is_recognised_as_that_client()
    {
        var published = new InMemoryTracePublisher();
        await using var container = Build(published, builder => builder.RegisterType<OwnChatClient>()
            .WithParameter("options", Options()).As<ChatClient>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        ClientResult<ChatCompletion> result = await container.Resolve<ChatClient>()
            .CompleteChatAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation);

        Assert.Equal(200, result.GetRawResponse().Status);
        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        Assert.Equal(("OpenAI Chat Completion", OpenAIServer.DefaultAnswer), (step.Name, step.Output));
        Assert.Empty(step.Steps);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_choices_are_a_list_of_outputs_whole_or_streamed(bool isStreamed)
    {
        var published = new InMemoryTracePublisher();
        await using var container = Build(published, static _ => { });
        _server.AnswerChoices(["Paris", "It is Paris"], ["look_up", null]);
        var content = BinaryContent.Create(BinaryData.FromString(
            $$"""{"model":"gpt-4o-mini","n":2,"stream":{{(isStreamed ? "true" : "false")}},"messages":[{"role":"user","content":"capital?"}]}"""));

        var result = await container.Resolve<OpenAIClient>().GetChatClient("gpt-4o-mini")
            .CompleteChatAsync(content, new RequestOptions { BufferResponse = !isStreamed });
        if (isStreamed)
        {
            using var body = new StreamReader(result.GetRawResponse().ContentStream!);
            Assert.EndsWith("[DONE]", (await body.ReadToEndAsync(Cancellation)).TrimEnd(), StringComparison.Ordinal);
        }

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        Assert.Equal(
            """[{"toolCalls":[{"id":"call_0","name":"look_up","arguments":{"city":"Paris"}}],"content":"Paris"},"It is Paris"]""",
            JsonSerializer.Serialize(step.Output));
        Assert.Equal("""{"prompt":[{"role":"user","content":"capital?"}]}""", JsonSerializer.Serialize(step.Inputs));
        Assert.Equal(("gpt-4o-mini", 20, 10), (step.Model, step.PromptTokens, step.CompletionTokens));
        Assert.Equal(isStreamed, step.Metadata.ContainsKey("timeToFirstToken"));
    }

    [Fact]
    public async Task A_response_that_is_null_or_of_another_class_is_a_step_and_reaches_the_caller_unchanged()
    {
        var published = new InMemoryTracePublisher();
        var odd = new OddChatClient();
        await using var container = Build(published, builder => builder.Register(_ => odd).As<IChatClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));
        var client = container.Resolve<IChatClient>();

        Assert.Null(await client.GetResponseAsync("nothing", cancellationToken: Cancellation));
        Assert.Same(odd.Response, await client.GetResponseAsync("another class", cancellationToken: Cancellation));
        var updates = await client.GetStreamingResponseAsync("both", cancellationToken: Cancellation).ToListAsync(Cancellation);
        Assert.Null(updates[0]);
        Assert.Same(odd.Update, updates[1]);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Equal([null, "Paris", "Paris"], published.Traces.Select(static trace => Assert.IsType<ChatCompletionStep>(trace.Root).Output));
        Assert.All(published.Traces, static trace => Assert.DoesNotContain("Exceptions", trace.Root.Metadata));
    }

    private OpenAIClientOptions Options() => new() { Endpoint = _server.Endpoint, RetryPolicy = new ClientRetryPolicy(0) };

    private IContainer Build(InMemoryTracePublisher published, Action<ContainerBuilder> register)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(published);
        });
        builder.RegisterType<OpenAIClient>().WithParameter("credential", new ApiKeyCredential("key")).WithParameter("options", Options())
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        register(builder);
        return builder.Build();
    }

    public class OwnChatClient(OpenAIClientOptions options) : ChatClient("gpt-4o-mini", new ApiKeyCredential("key"), options);

    // Returns values its interface does not allow for, as clients of other versions can.
    private sealed class OddChatClient : IChatClient
    {
        public OwnResponse Response { get; } = new();

        public OwnUpdate Update { get; } = new();

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
            Task.FromResult<ChatResponse>(messages.Single().Text == "nothing" ? null! : Response);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
            ChatOptions? options,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return null!;
            yield return Update;
        }

        public object? GetService(Type serviceType, object? serviceKey) => null;

        public void Dispose()
        {
        }
    }

    private sealed class OwnResponse() : ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, "Paris"));

    private sealed class OwnUpdate() : ChatResponseUpdate(ChatRole.Assistant, "Paris");

    private sealed class Brief(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            base.GetResponseAsync(messages, options ?? new() { MaxOutputTokens = 16 }, cancellationToken);
    }
}
