using System.ClientModel;
using Anthropic;
using Anthropic.Core;
using Autofac;
using Autofac.Builder;
using Autofac.Extras.DynamicProxy;
using Azure;
using Azure.AI.Inference;
using Azure.AI.OpenAI;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.AzureOpenAI;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Microsoft.SemanticKernel.Embeddings;
using OllamaSharp;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Servers;

// Semantic Kernel's embedding services are obsolete but still in use.
#pragma warning disable CS0618

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Every client with its real SDK, registered as docs/model-clients.md says, in one container, and a server for each protocol.</summary>
public sealed class TestedClients : IAsyncDisposable
{
    public const string Layered = "layered";
    public const string OverProxy = "over proxy";

    private readonly IContainer _container;

    private readonly ClientSettings _settings;

    private TestedClients(OpenAIServer openAI, AnthropicServer anthropic, OllamaServer ollama, ClientSettings settings)
    {
        OpenAI = openAI;
        Anthropic = anthropic;
        Ollama = ollama;
        _settings = settings;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(Published);
            Gateways.Name(options);
            settings.Configure?.Invoke(options);
        });
        RegisterOpenAI(builder);
        RegisterExtensionsAI(builder);
        RegisterSemanticKernel(builder);
        RegisterOthers(builder);
        RegisterAzureInference(builder);
        Gateways.Register(builder, openAI.Endpoint, settings.Timeout, settings.IsTraced);
        Relays.Register(builder, settings.IsTraced);
        settings.Register?.Invoke(builder);
        _container = builder.Build();
    }

    public InMemoryTracePublisher Published { get; } = new();

    public OpenAIServer OpenAI { get; }

    public AnthropicServer Anthropic { get; }

    public OllamaServer Ollama { get; }

    public int Requests => OpenAI.Requests + Anthropic.Requests + Ollama.Requests;

    public OpenlayerTracer Tracer => Get<OpenlayerTracer>();

    private ShortRetryPolicy Retries => new(_settings.Retries);

    public static async Task<TestedClients> StartAsync(ClientSettings? settings = null) =>
        new(await OpenAIServer.StartAsync(), await AnthropicServer.StartAsync(), await OllamaServer.StartAsync(), settings ?? new());

    public T Get<T>(string? name = null)
        where T : class => name is null ? _container.Resolve<T>() : _container.ResolveNamed<T>(name);

    public async Task<OpenlayerTrace> PublishedAsync()
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
        var options = new OpenAIClientOptions { Endpoint = OpenAI.Endpoint, RetryPolicy = Retries, NetworkTimeout = _settings.Timeout };
        var responses = new ResponsesClientOptions { Endpoint = OpenAI.Endpoint, RetryPolicy = Retries, NetworkTimeout = _settings.Timeout };
        var credential = new ApiKeyCredential("key");
        InterceptClass(builder.RegisterType<ChatClient>()
            .WithParameter("model", "gpt-4o-mini").WithParameter("credential", credential).WithParameter("options", options));
        InterceptClass(builder.RegisterType<EmbeddingClient>()
            .WithParameter("model", "text-embedding-3-small").WithParameter("credential", credential).WithParameter("options", options));
        InterceptClass(builder.RegisterType<ResponsesClient>().WithParameter("credential", credential).WithParameter("options", responses));
        InterceptClass(builder.RegisterType<OpenAIClient>().WithParameter("credential", credential).WithParameter("options", options));
    }

    private void RegisterExtensionsAI(ContainerBuilder builder)
    {
        var openAI = BareOpenAI();
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
    }

    private void RegisterSemanticKernel(ContainerBuilder builder)
    {
        var openAI = BareOpenAI();
        var azure = new AzureOpenAIClient(
            OpenAI.AzureEndpoint,
            new ApiKeyCredential("key"),
            new AzureOpenAIClientOptions { RetryPolicy = Retries, NetworkTimeout = _settings.Timeout });
        Intercept(builder.Register(_ => new OpenAIChatCompletionService("gpt-4o-mini", openAI)).As<IChatCompletionService>());
        Intercept(builder.Register(context => context.Resolve<IChatClient>().AsChatCompletionService()).Named<IChatCompletionService>(OverProxy));
        Intercept(builder.Register(_ => new AzureOpenAIChatCompletionService("gpt-4o-mini", azure)).Named<IChatCompletionService>("Azure"));
        Intercept(builder.Register(_ => new OpenAITextEmbeddingGenerationService("text-embedding-3-small", openAI))
            .As<ITextEmbeddingGenerationService>());
    }

    private void RegisterOthers(ContainerBuilder builder)
    {
        var options = new ClientOptions
        {
            ApiKey = "key",
            BaseUrl = Anthropic.Endpoint.ToString(),
            MaxRetries = _settings.Retries,
            Timeout = _settings.Timeout,
        };
        var ollama = new HttpClient { BaseAddress = Ollama.Endpoint, Timeout = _settings.Timeout };
        Intercept(builder.Register(_ => new AnthropicClient(options)).As<IAnthropicClient>());
        Intercept(builder.Register(_ => new OllamaApiClient(ollama, "llama3.2")).As<IOllamaApiClient>());
        Intercept(builder.Register(context => (IChatClient)new OllamaApiClient(ollama, "llama3.2")).Named<IChatClient>("Ollama"));
        Intercept(builder.Register(context => context.Resolve<IAnthropicClient>().AsIChatClient("claude-sonnet-4-5"))
            .Named<IChatClient>("Anthropic"));
        InterceptClass(builder.RegisterType<Assistant>().As<AIAgent>());
    }

    private void RegisterAzureInference(ContainerBuilder builder)
    {
        var endpoint = OpenAI.Endpoint;
        var key = new AzureKeyCredential("key");
        var options = new AzureAIInferenceClientOptions { Retry = { MaxRetries = _settings.Retries, Delay = TimeSpan.Zero, NetworkTimeout = _settings.Timeout } };
        InterceptClass(builder.RegisterType<ChatCompletionsClient>()
            .WithParameter("endpoint", endpoint).WithParameter(TypedParameter.From(key)).WithParameter("options", options));
        InterceptClass(builder.RegisterType<EmbeddingsClient>()
            .WithParameter("endpoint", endpoint).WithParameter(TypedParameter.From(key)).WithParameter("options", options));
    }

    private OpenAIClient BareOpenAI() =>
        new(new ApiKeyCredential("key"), new() { Endpoint = OpenAI.Endpoint, RetryPolicy = Retries, NetworkTimeout = _settings.Timeout });

    private void Intercept<T>(IRegistrationBuilder<T, SimpleActivatorData, SingleRegistrationStyle> registration)
    {
        if (_settings.IsTraced)
        {
            registration.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        }
    }

    private void InterceptClass<T>(IRegistrationBuilder<T, ConcreteReflectionActivatorData, SingleRegistrationStyle> registration)
        where T : notnull
    {
        if (_settings.IsTraced)
        {
            registration.EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        }
    }

    /// <summary>An application's agent. It has a class of its own because the framework's are sealed.</summary>
    public class Assistant(IChatClient client) : DelegatingAIAgent(new ChatClientAgent(client, instructions: "Be brief.", name: "assistant"));
}
