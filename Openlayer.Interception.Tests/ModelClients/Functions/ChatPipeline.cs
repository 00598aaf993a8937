using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients.Functions;

/// <summary>
/// An <see cref="IChatClient"/> registered with <c>AddChatClient</c> that invokes functions, over the real OpenAI client and a server on
/// loopback. <c>Intercept</c> is where the test says.
/// </summary>
public sealed class ChatPipeline : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private ChatPipeline(OpenAIServer server, Func<ChatClientBuilder, ChatClientBuilder> build, Action<IServiceCollection>? register, Action<OpenlayerOptions>? configure)
    {
        Server = server;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IDistributedCache>(new MemoryDistributedCache(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions())));
        Published = services.UseInMemoryOpenlayer();
        services.AddSingleton<IWeather, Weather>();
        services.AddSingleton<IAssistant, Assistant>();
        services.AddSingleton(_ => new OpenAIClient(
            new ApiKeyCredential("key"), new OpenAIClientOptions { Endpoint = server.Endpoint, RetryPolicy = new ClientRetryPolicy(0) }));
        build(services.AddChatClient(static services => services.GetRequiredService<OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient()));
        register?.Invoke(services);
        services.AddOpenlayer(configure).Intercept<IWeather>().Intercept<IAssistant>();
        _services = services.BuildServiceProvider();
    }

    public OpenAIServer Server { get; }

    public InMemoryTracePublisher Published { get; }

    public IChatClient Client => Get<IChatClient>();

    public OpenlayerTracer Tracer => Get<OpenlayerTracer>();

    public static async Task<ChatPipeline> StartAsync(
        Func<ChatClientBuilder, ChatClientBuilder> build, Action<IServiceCollection>? register = null, Action<OpenlayerOptions>? configure = null) =>
        new(await OpenAIServer.StartAsync(), build, register, configure);

    /// <summary>A layer that traces the client below it.</summary>
    public static IChatClient Intercept(IChatClient inner, IServiceProvider services) => services.GetRequiredService<OpenlayerTracer>().Intercept(inner);

    public IServiceProvider Services => _services;

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The trees of the published traces, with types, inputs of tools, and outputs.</summary>
    public async Task<string> TreesAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return string.Join("\n", Published.Traces.Select(static trace => Describe(trace.Root)));
    }

    public async Task<Step> RootAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(Published.Traces).Root;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static string Describe(Step step)
    {
        var label = step switch
        {
            ChatCompletionStep chat => $"chat[{RecordedJson.Of(chat.Output)}]",
            ToolStep tool => $"tool {tool.FunctionName ?? tool.Name}{RecordedJson.Of(tool.Arguments)}={(tool.Metadata.TryGetValue("Exceptions", out var failure) ? $"!{failure}" : RecordedJson.Of(tool.Output))}",
            AgentStep agent => $"agent {agent.Metadata["agentName"]}",
            _ => step.Name,
        };
        return step.Steps.Count == 0 ? label : $"{label}({string.Join(", ", step.Steps.Select(Describe))})";
    }

    /// <summary>A traced service that tools use.</summary>
    public interface IWeather
    {
        Task<string> FindAsync(string city);
    }

    /// <summary>A traced service that uses the client.</summary>
    public interface IAssistant
    {
        Task<string> AnswerAsync(ChatOptions options);

        IAsyncEnumerable<string> StreamAsync(ChatOptions options);
    }

    private sealed class Weather : IWeather
    {
        public async Task<string> FindAsync(string city)
        {
            await Task.Yield();
            return $"sunny in {city}";
        }
    }

    private sealed class Assistant(IChatClient client) : IAssistant
    {
        public async Task<string> AnswerAsync(ChatOptions options) => (await client.GetResponseAsync("weather?", options)).Text;

        public async IAsyncEnumerable<string> StreamAsync(ChatOptions options)
        {
            await foreach (var update in client.GetStreamingResponseAsync("weather?", options))
            {
                yield return update.Text;
            }
        }
    }
}
