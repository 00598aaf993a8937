using System.ClientModel;
using System.ClientModel.Primitives;
using Anthropic;
using Autofac;
using Autofac.Builder;
using Autofac.Extras.DynamicProxy;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Microsoft.SemanticKernel.Embeddings;
using OllamaSharp;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Servers;

// Semantic Kernel calls its own embedding services obsolete; they are still registered.
#pragma warning disable CS0618

namespace Openlayer.Interception.Tests.Providers;

/// <summary>Every client with its real SDK, registered as the README says, in one container, and a server for each wire.</summary>
public sealed class ModelClients : IAsyncDisposable
{
    public const string Layered = "layered";
    public const string OverProxy = "over proxy";

    private readonly IContainer _container;

    private ModelClients(OpenAIServer openAI, AnthropicServer anthropic, OllamaServer ollama, Action<OpenlayerOptions>? configure, Action<ContainerBuilder>? register)
    {
        OpenAI = openAI;
        Anthropic = anthropic;
        Ollama = ollama;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(Published);
            configure?.Invoke(options);
        });
        RegisterOpenAI(builder);
        RegisterExtensionsAI(builder);
        RegisterOthers(builder);
        register?.Invoke(builder);
        _container = builder.Build();
    }

    public InMemoryTracePublisher Published { get; } = new();

    public OpenAIServer OpenAI { get; }

    public AnthropicServer Anthropic { get; }

    public OllamaServer Ollama { get; }

    public int Requests => OpenAI.Requests + Anthropic.Requests + Ollama.Requests;

    public OpenlayerTracer Tracer => Get<OpenlayerTracer>();

    public static async Task<ModelClients> StartAsync(Action<OpenlayerOptions>? configure = null, Action<ContainerBuilder>? register = null) =>
        new(await OpenAIServer.StartAsync(), await AnthropicServer.StartAsync(), await OllamaServer.StartAsync(), configure, register);

    public T Get<T>(string? name = null)
        where T : class => name is null ? _container.Resolve<T>() : _container.ResolveNamed<T>(name);

    public async Task<Trace> PublishedAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(Published.Traces);
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await OpenAI.DisposeAsync();
        await Anthropic.DisposeAsync();
        await Ollama.DisposeAsync();
    }

    private void RegisterOpenAI(ContainerBuilder builder)
    {
        var options = new OpenAIClientOptions { Endpoint = OpenAI.Endpoint, RetryPolicy = new ClientRetryPolicy(0) };
        var credential = new ApiKeyCredential("key");
        builder.RegisterType<ChatClient>()
            .WithParameter("model", "gpt-4o-mini").WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<EmbeddingClient>()
            .WithParameter("model", "text-embedding-3-small").WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<ResponsesClient>()
            .WithParameter("credential", credential)
            .WithParameter("options", new ResponsesClientOptions { Endpoint = OpenAI.Endpoint, RetryPolicy = new ClientRetryPolicy(0) })
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<OpenAIClient>()
            .WithParameter("credential", credential).WithParameter("options", options)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }

    private void RegisterExtensionsAI(ContainerBuilder builder)
    {
        var openAI = new OpenAIClient(new ApiKeyCredential("key"), new() { Endpoint = OpenAI.Endpoint, RetryPolicy = new ClientRetryPolicy(0) });
        Intercept(builder.Register(_ => openAI.GetChatClient("gpt-4o-mini").AsIChatClient()).As<IChatClient>());
        Intercept(builder.Register(context => context.Resolve<ChatClient>().AsIChatClient()).Named<IChatClient>(OverProxy));
        Intercept(builder.Register(context => context.Resolve<IChatClient>().AsBuilder()
                .ConfigureOptions(static options => options.Temperature = 0.25f)
                .UseOpenTelemetry()
                .Build())
            .Named<IChatClient>(Layered));
        Intercept(builder.Register(_ => openAI.GetEmbeddingClient("text-embedding-3-small").AsIEmbeddingGenerator())
            .As<IEmbeddingGenerator<string, Embedding<float>>>());
        Intercept(builder.Register(context => context.Resolve<EmbeddingClient>().AsIEmbeddingGenerator())
            .Named<IEmbeddingGenerator<string, Embedding<float>>>(OverProxy));

        Intercept(builder.Register(_ => new OpenAIChatCompletionService("gpt-4o-mini", openAI)).As<IChatCompletionService>());
        Intercept(builder.Register(context => context.Resolve<IChatClient>().AsChatCompletionService()).Named<IChatCompletionService>(OverProxy));
        Intercept(builder.Register(_ => new OpenAITextEmbeddingGenerationService("text-embedding-3-small", openAI)).As<ITextEmbeddingGenerationService>());

        builder.RegisterType<Assistant>().As<AIAgent>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }

    private void RegisterOthers(ContainerBuilder builder)
    {
        var endpoint = Anthropic.Endpoint.ToString();
        var ollamaEndpoint = Ollama.Endpoint;
        Intercept(builder.Register(_ => new AnthropicClient { ApiKey = "key", BaseUrl = endpoint }).As<IAnthropicClient>());
        Intercept(builder.Register(_ => new OllamaApiClient(ollamaEndpoint, "llama3.2")).As<IOllamaApiClient>());
        Intercept(builder.Register(context => (IChatClient)new OllamaApiClient(ollamaEndpoint, "llama3.2")).Named<IChatClient>("Ollama"));
        Intercept(builder.Register(context => context.Resolve<IAnthropicClient>().AsIChatClient("claude-sonnet-4-5")).Named<IChatClient>("Anthropic"));
    }

    private static void Intercept<T>(IRegistrationBuilder<T, SimpleActivatorData, SingleRegistrationStyle> registration) =>
        registration.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

    /// <summary>An application's agent: a class of its own, since the framework's own are sealed.</summary>
    public class Assistant(IChatClient client) : DelegatingAIAgent(new ChatClientAgent(client, instructions: "Be brief.", name: "assistant"));
}
