using System.ClientModel;
using System.ClientModel.Primitives;
using Autofac;
using Autofac.Builder;
using Autofac.Extras.DynamicProxy;
using Azure.AI.OpenAI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Azure's factory, the OpenAI library's clients in the version that Azure's depends on, and a server for both.</summary>
public sealed class TestedClients : IAsyncDisposable
{
    private readonly IContainer _container;
    private readonly ClientSettings _settings;

    private TestedClients(OpenAIServer server, ClientSettings settings)
    {
        Server = server;
        _settings = settings;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(Published);
            settings.Configure?.Invoke(options);
        });
        Relays.Register(builder, settings.IsTraced);
        Register(builder);
        settings.Register?.Invoke(builder);
        _container = builder.Build();
    }

    public InMemoryTracePublisher Published { get; } = new();

    public OpenAIServer Server { get; }

    public int Requests => Server.Requests;

    public OpenlayerTracer Tracer => Get<OpenlayerTracer>();

    public static async Task<TestedClients> StartAsync(ClientSettings? settings = null) => new(await OpenAIServer.StartAsync(), settings ?? new());

    public T Get<T>()
        where T : class => _container.Resolve<T>();

    public async Task<OpenlayerTrace> PublishedAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(Published.Traces);
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await Server.DisposeAsync();
    }

    private void Register(ContainerBuilder builder)
    {
        var retries = new ClientRetryPolicy(_settings.Retries);
        var endpoint = Server.AzureEndpoint;
        var azure = new AzureOpenAIClientOptions { RetryPolicy = retries, NetworkTimeout = _settings.Timeout };
        var openAI = new OpenAIClientOptions { Endpoint = Server.Endpoint, RetryPolicy = retries, NetworkTimeout = _settings.Timeout };
        var credential = new ApiKeyCredential("key");
        Intercept(builder.RegisterType<AzureOpenAIClient>()
            .WithParameter("endpoint", endpoint).WithParameter(TypedParameter.From(credential)).WithParameter("options", azure));
        Intercept(builder.RegisterType<OpenAIClient>().WithParameter("credential", credential).WithParameter("options", openAI));
        Intercept(builder.RegisterType<ChatClient>()
            .WithParameter("model", "gpt-4o-mini").WithParameter("credential", credential).WithParameter("options", openAI));
        Intercept(builder.RegisterType<ResponsesClient>().WithParameter("credential", credential).WithParameter("options", openAI));
    }

    private void Intercept<T>(IRegistrationBuilder<T, ConcreteReflectionActivatorData, SingleRegistrationStyle> registration)
        where T : notnull
    {
        if (_settings.IsTraced)
        {
            registration.EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        }
    }
}
